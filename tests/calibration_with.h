#pragma once

#include "core/checkpoint/calibration.h"
#include "tests/checkpoint/tensor_files.h"

namespace octet::test {

/// A calibration, written to `path`, that has these layers, with the largest input of each channel, and is
/// good for nothing but to plan with.
inline std::shared_ptr<const Calibration> calibration_with(
    const std::filesystem::path& path, const std::map<std::string, std::vector<float>>& largest,
    const std::string& checkpoint_sha256 = {}) {
  LooseTensors tensors;
  for (const auto& [layer, sizes] : largest) {
    tensors[layer + ".hessian"] = floats({1, 1}, {1.0F});
    tensors[layer + ".largest"] = floats({std::ssize(sizes)}, sizes);
  }
  const CalibrationOrigin origin{
      .checkpoint_sha256 = checkpoint_sha256, .clips = {}, .steps = 1, .balance = "rows"};
  save(path, tensors, {{"octet_calibration", format_origin(origin)}});
  return Calibration::open(path);
}

}  // namespace octet::test
