#include "core/study/sweep_engines.h"

#include <algorithm>

#include "core/synthesis/stage_cache.h"

namespace octet {
namespace {

constexpr std::size_t kMostOfGpu = 6;

/// Of the checkpoint's file: weights in fp32, recorded work with its buffers, and as much again for what else
/// is on the GPU.
constexpr std::uint64_t kBytesForEach = 4;

}  // namespace

std::size_t engines_of_gpu(std::uint64_t available, std::uint64_t model) {
  const auto fit = available / std::max<std::uint64_t>(1, kBytesForEach * model);
  return std::clamp<std::size_t>(static_cast<std::size_t>(fit), 1, kMostOfGpu);
}

std::deque<Engine> sweep_engines(const std::shared_ptr<const Checkpoint>& checkpoint,
                                 const std::vector<Device>& devices) {
  std::deque<Engine> engines;
  for (const auto& device : devices) {
    const auto count = device.kind == Device::Kind::cuda
                           ? engines_of_gpu(available_bytes(device), checkpoint->file_bytes())
                           : 1;
    for (std::size_t i = 0; i < count; ++i) engines.emplace_back(checkpoint, device, StageCache::kForEditing);
  }
  return engines;
}

}  // namespace octet
