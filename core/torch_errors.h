#pragma once

namespace octet {

/// In a catch block: throws what Torch, CUDA and the libraries below them threw, and memory that has run out,
/// as an Error(device) a person can act on; an Error, and what is no std::exception, again as it is. Around
/// every function of core that computes with Torch and that others call; inside of core Torch's own errors
/// pass.
[[noreturn]] void rethrow_as_error();

/// Runs `work`, whose errors are those of rethrow_as_error.
template <typename Work>
auto translating_torch_errors(const Work& work) {
  try {
    return work();
  } catch (...) {
    rethrow_as_error();
  }
}

}  // namespace octet
