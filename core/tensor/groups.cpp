#include "core/tensor/groups.h"

#include <ATen/ATen.h>

namespace octet {

at::Tensor in_groups(const at::Tensor& weight, int channel_axis, std::int64_t group) {
  const auto channels = weight.transpose(0, channel_axis).flatten(1);
  if (group == 0) return channels.unsqueeze(1).contiguous();
  const auto rest = channels.size(1) % group;
  return at::constant_pad_nd(channels, {0, rest == 0 ? 0 : group - rest})
      .view({channels.size(0), -1, group})
      .contiguous();
}

at::Tensor out_of_groups(const at::Tensor& groups, at::IntArrayRef shape, int channel_axis) {
  auto channels_first = shape.vec();
  std::swap(channels_first[0], channels_first[static_cast<std::size_t>(channel_axis)]);
  const auto inputs = c10::multiply_integers(channels_first) / groups.size(0);
  return groups.flatten(1)
      .slice(1, 0, inputs)
      .reshape(channels_first)
      .transpose(0, channel_axis)
      .contiguous();
}

}  // namespace octet
