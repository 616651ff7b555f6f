#include "core/version.h"

#include <cuda.h>
#include <torch/version.h>

namespace octet {

const char* version() { return OCTET_VERSION; }

std::string torch_version() {
  return std::to_string(TORCH_VERSION_MAJOR) + '.' + std::to_string(TORCH_VERSION_MINOR) + '.' +
         std::to_string(TORCH_VERSION_PATCH);
}

std::string cuda_version() {
  return std::to_string(CUDA_VERSION / 1000) + '.' + std::to_string(CUDA_VERSION % 1000 / 10);
}

}  // namespace octet
