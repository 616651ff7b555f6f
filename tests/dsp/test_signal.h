#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <fstream>
#include <string>

namespace octet {

/// The signal of make_goldens.py, value by value: white noise [1, samples] that falls by 6 dB every 500
/// samples, eight times, then starts again.
inline at::Tensor golden_noise(std::int64_t samples) {
  at::Tensor noise = at::empty({1, samples}, at::kFloat);
  float* values = noise.data_ptr<float>();
  std::uint32_t state = 1;
  for (std::int64_t i = 0; i < samples; ++i) {
    state = state * 1664525u + 1013904223u;
    values[i] =
        (static_cast<float>(state >> 8) / 16777216.0f - 0.5f) / static_cast<float>(1 << (i / 500 % 8));
  }
  return noise;
}

/// The values of tests/dsp/goldens/<name>.f32, flat.
inline at::Tensor golden(const std::string& name) {
  std::ifstream file(std::string(OCTET_SOURCE_DIR) + "/tests/dsp/goldens/" + name + ".f32", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  at::Tensor values = at::empty({static_cast<std::int64_t>(bytes.size() / sizeof(float))}, at::kFloat);
  bytes.copy(static_cast<char*>(values.data_ptr()), bytes.size());
  return values;
}

/// Largest absolute difference; infinite when the sizes differ or nothing is there.
inline double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  if (a.numel() != b.numel() || a.numel() == 0) return std::numeric_limits<double>::infinity();
  return (a.flatten().to(at::kDouble) - b.flatten().to(at::kDouble)).abs().max().item<double>();
}

}  // namespace octet
