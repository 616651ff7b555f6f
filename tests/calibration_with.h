#pragma once

#include <array>

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

/// A calibration of one layer, no ConvTranspose1d, whose inputs had nothing to do with each other: of each
/// channel the mean of all its inputs, and the largest.
inline std::shared_ptr<const Calibration> calibration_of(const std::filesystem::path& path,
                                                         const Layer& layer, float mean,
                                                         const std::vector<float>& largest) {
  const auto inputs = static_cast<std::size_t>(element_count(layer.weight().shape) / layer.weight().shape[0]);
  std::vector<float> hessian;
  for (std::size_t row = 0; row < inputs; ++row)
    for (std::size_t column = row; column < inputs; ++column)
      hessian.push_back((row == column ? 1.0F : 0.0F) + mean * mean);
  const auto count = std::ssize(hessian);
  const std::array<std::int64_t, 2> rows{1000, 1};
  LooseTensors tensors{
      {layer.name + ".hessian", floats({1, count}, hessian)},
      {layer.name + ".mean",
       floats({1, static_cast<std::int64_t>(inputs)}, std::vector<float>(inputs, mean))},
      {layer.name + ".largest", floats({std::ssize(largest)}, largest)},
      {layer.name + ".rows", {Dtype::i64, {2}, {reinterpret_cast<const char*>(rows.data()), sizeof(rows)}}}};
  const CalibrationOrigin origin{.checkpoint_sha256 = {}, .clips = {}, .steps = 1, .balance = "rows"};
  save(path, tensors, {{"octet_calibration", format_origin(origin)}});
  return Calibration::open(path);
}

}  // namespace octet::test
