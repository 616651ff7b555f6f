#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace octet {

/// Elements of a weight by output channel and group, [channels, groups, group]: those of a channel in
/// row-major order of the weight's other axes, the last group filled up with zeros. `channel_axis`: 0 or 1.
/// `group`: 0 for all of a channel in one.
at::Tensor in_groups(const at::Tensor& weight, int channel_axis, std::int64_t group);

/// The weight of this shape whose groups these are.
at::Tensor out_of_groups(const at::Tensor& groups, at::IntArrayRef shape, int channel_axis);

}  // namespace octet
