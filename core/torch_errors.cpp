#include "core/torch_errors.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/error.h"

namespace octet {
namespace {

Error out_of_memory(const std::string& detail) {
  return {ErrorKind::device, "out of memory: " + detail,
          "free memory, ask for less at once (fewer tokens, a shorter sound), or use --device cpu"};
}

/// Libraries below Torch say it in their own words, which Torch passes on as any other error.
bool tells_of_memory(std::string_view detail) {
  constexpr std::string_view kWords[] = {"out of memory", "can't allocate memory", "ALLOC_FAILED"};
  return std::ranges::any_of(kWords, [&](auto words) { return detail.find(words) != detail.npos; });
}

Error failed(std::string detail) {
  detail = detail.substr(0, detail.find('\n'));
  if (tells_of_memory(detail)) return out_of_memory(detail);
  return {ErrorKind::device, "the computation failed: " + detail};
}

}  // namespace

void rethrow_as_error() {
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const c10::Error& failure) {
    throw failed(failure.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    throw out_of_memory("the system gave no more memory");
  } catch (const std::length_error&) {
    throw out_of_memory("more is asked for than any memory holds");
  } catch (const std::filesystem::filesystem_error& failure) {
    throw Error(ErrorKind::input, failure.what());
  } catch (const std::exception& failure) {
    throw failed(failure.what());
  }
}

}  // namespace octet
