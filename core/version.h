#pragma once

#include <string>

namespace octet {

/// "0.1.0"
const char* version();
/// Of the LibTorch in use: "2.11.0"
std::string torch_version();
/// Of the CUDA that LibTorch was built with: "13.0"
std::string cuda_version();

}  // namespace octet
