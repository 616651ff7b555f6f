#pragma once

#include <c10/util/Exception.h>

#include <new>
#include <string>

#include "core/error.h"

namespace octet {

/// Runs `work`; what Torch or CUDA throws becomes an Error(device) a person can act on.
template <typename Work>
auto translating_torch_errors(const Work& work) {
  const auto out_of_memory = [](const std::string& detail) {
    return Error(ErrorKind::device, "out of memory: " + detail.substr(0, detail.find('\n')),
                 "free memory, synthesize fewer tokens, or use --device cpu");
  };
  try {
    return work();
  } catch (const c10::OutOfMemoryError& failure) {
    throw out_of_memory(failure.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    throw out_of_memory("the system gave no more memory");
  } catch (const c10::Error& failure) {
    const std::string detail = failure.what_without_backtrace();
    if (detail.find("can't allocate memory") != std::string::npos) throw out_of_memory(detail);
    throw Error(ErrorKind::device, "the computation failed: " + detail.substr(0, detail.find('\n')));
  }
}

}  // namespace octet
