#include "core/torch_errors.h"

#include <c10/util/Exception.h>

#include <new>
#include <stdexcept>
#include <string>

#include "core/error.h"

namespace octet {
namespace {

Error out_of_memory(const std::string& detail) {
  return {ErrorKind::device, "out of memory: " + detail,
          "free memory, ask for less at once (fewer tokens, a shorter sound), or use --device cpu"};
}

std::string first_line(const c10::Error& failure) {
  const std::string detail = failure.what_without_backtrace();
  return detail.substr(0, detail.find('\n'));
}

}  // namespace

void rethrow_as_error() {
  try {
    throw;
  } catch (const c10::OutOfMemoryError& failure) {
    throw out_of_memory(first_line(failure));
  } catch (const c10::Error& failure) {
    const auto detail = first_line(failure);
    if (detail.find("can't allocate memory") != std::string::npos) throw out_of_memory(detail);
    throw Error(ErrorKind::device, "the computation failed: " + detail);
  } catch (const std::bad_alloc&) {
    throw out_of_memory("the system gave no more memory");
  } catch (const std::length_error&) {
    throw out_of_memory("more is asked for than any memory holds");
  }
}

}  // namespace octet
