#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>

#include "core/checkpoint/tensor_file.h"

/// What the networks that predict opinions share: where their weights lie, and what they are given.
namespace octet::mos_network {

inline constexpr int kRate = 16000;

struct Weights {
  at::Tensor weight, bias;
};

/// Of resources/, such as "dnsmos/sig_bak_ovr.safetensors". Throws Error(input).
TensorFile open(const std::string& place);
/// In fp32. Throws Error(input) where the file lacks it.
at::Tensor tensor_called(const std::string& name, const TensorFile& file);
/// NAME.weight and NAME.bias.
Weights weights_called(const std::string& name, const TensorFile& file);

/// At kRate, resampled as the model's input is (core/dsp/resample.h). Throws Error(input) where a sample is
/// not finite.
at::Tensor samples_at_rate(std::span<const float> sound, int sample_rate);

}  // namespace octet::mos_network
