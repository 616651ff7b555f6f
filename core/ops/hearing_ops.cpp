#include "core/ops/hearing_ops.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

namespace octet {
namespace {

std::int64_t results_of(std::int64_t extent, const WindowExtents& window) {
  return (extent + 2 * window.lead - window.dilation * (window.taps - 1) - 1) / window.stride + 1;
}

std::int64_t segments_of(std::int64_t rows, std::int64_t segment) { return (rows + segment - 1) / segment; }

}  // namespace

at::Tensor rotated(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines) {
  if (x.is_cuda()) {
    const auto out = at::empty(x.sizes(), x.options());
    rotate_cuda(x, cosines, sines, out);
    return out;
  }
  const auto heads = x.view({x.size(0), -1, cosines.size(1)});
  const auto halves = heads.chunk(2, -1);
  const auto turned = at::cat({-halves[1], halves[0]}, -1);
  return (heads * cosines.unsqueeze(1) + turned * sines.unsqueeze(1)).flatten(1);
}

at::Tensor remembered(const at::Tensor& x, const at::Tensor& taps, std::int64_t lead, const at::Tensor& y,
                      const at::Tensor& shift) {
  if (x.is_cuda()) {
    const auto out = at::empty(x.sizes(), x.options());
    remember_cuda({x, taps, lead, y, shift, out});
    return out;
  }
  const auto channels = x.size(1);
  const auto padded = at::constant_pad_nd(x.t().unsqueeze(0), {lead, taps.size(0) - 1 - lead});
  const auto memory = at::conv1d(padded, taps.t().unsqueeze(1), {}, at::IntArrayRef{1}, at::IntArrayRef{0},
                                 at::IntArrayRef{1}, channels)[0]
                          .t();
  return y + (shift + (memory + x));
}

at::Tensor scaled_relu(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift) {
  if (x.is_cuda()) {
    const auto out = at::empty(x.sizes(), x.options());
    scaled_relu_cuda(x, scale, shift, out);
    return out;
  }
  return at::relu(x * scale + shift);
}

at::Tensor row_windows(const at::Tensor& x, const WindowExtents& over_rows) {
  return plane_windows(x.unsqueeze(0), {}, over_rows);
}

at::Tensor plane_windows(const at::Tensor& x, const WindowExtents& over_planes,
                         const WindowExtents& over_rows) {
  const auto channels = x.size(2);
  const auto planes = results_of(x.size(0), over_planes), rows = results_of(x.size(1), over_rows);
  const std::vector<std::int64_t> shape{planes, rows, channels, over_planes.taps, over_rows.taps};
  const auto seen = channels * over_planes.taps * over_rows.taps;
  if (x.is_cuda()) {
    const auto out = at::empty(shape, x.options());
    windows_cuda(x, over_planes, over_rows, out);
    return out.view({planes * rows, seen});
  }
  const auto padded =
      at::constant_pad_nd(x, {0, 0, over_rows.lead, over_rows.lead, over_planes.lead, over_planes.lead});
  const auto plane = padded.stride(0), row = padded.stride(1);
  return padded
      .as_strided(shape, {over_planes.stride * plane, over_rows.stride * row, 1, over_planes.dilation * plane,
                          over_rows.dilation * row})
      .reshape({planes * rows, seen});
}

at::Tensor PlaneConvolution::operator()(const at::Tensor& x, const at::Tensor& residual) const {
  const auto channels = weight.size(2), width = weight.size(3);
  const WindowExtents over_planes{.taps = 3, .stride = plane_stride, .lead = 1},
      over_rows{.taps = 3, .lead = 1};
  const auto planes = results_of(x.size(0), over_planes);
  if (x.is_cuda() && plane_convolution_takes(channels, width)) {
    const auto out = at::empty({planes, x.size(1), width}, x.options());
    plane_convolution_cuda({x, weight, bias, plane_stride, residual, out});
    return out;
  }
  const auto by_channel = weight.permute({2, 0, 1, 3}).reshape({-1, width});
  const auto y =
      at::addmm(bias, plane_windows(x, over_planes, over_rows), by_channel).view({planes, x.size(1), width});
  return at::relu(residual.defined() ? y + residual : y);
}

at::Tensor SegmentGates::operator()(const at::Tensor& x) const {
  const auto segments = segments_of(x.size(0), segment);
  if (x.is_cuda()) {
    const auto gates = at::empty({segments, weight.size(0)}, x.options());
    segment_gates_cuda({x, segment, inner_weight, inner_bias, weight, bias, gates});
    return gates;
  }
  std::vector<at::Tensor> means;
  means.reserve(static_cast<std::size_t>(segments));
  for (std::int64_t i = 0; i < segments; ++i)
    means.push_back(x.slice(0, i * segment, std::min(x.size(0), (i + 1) * segment)).mean(0));
  const auto context = x.mean(0) + at::stack(means);
  return at::sigmoid(at::linear(at::relu(at::linear(context, inner_weight, inner_bias)), weight, bias));
}

void GatedConvolution::operator()(const at::Tensor& x, const at::Tensor& gates, const at::Tensor& out) const {
  if (x.is_cuda()) return gated_convolution_cuda({x, weight, dilation, gates, segment, out});
  const auto by_channel = weight.view({3, x.size(1), -1}).transpose(0, 1).flatten(0, 1);
  const auto local = at::mm(row_windows(x, {.taps = 3, .dilation = dilation, .lead = dilation}), by_channel);
  for (std::int64_t i = 0; i < gates.size(0); ++i) {
    const auto end = std::min(x.size(0), (i + 1) * segment);
    out.slice(0, i * segment, end).copy_(local.slice(0, i * segment, end) * gates[i]);
  }
}

Weight flattened(const Weight& weight) {
  const auto rows = [](const Int8Weight& int8) {
    return Int8Weight{int8.values.flatten(1), int8.scale.view({-1, 1})};
  };
  return std::visit(
      ForEachKind{[](const DenseWeight& dense) { return Weight(DenseWeight{dense.values.flatten(1)}); },
                  [&](const Int8Weight& int8) { return Weight(rows(int8)); },
                  [](GroupedInt8Weight grouped) {
                    grouped.values = grouped.values.flatten(1);  // groups lie along it
                    return Weight(grouped);
                  },
                  [&](const DynamicInt8Weight& dynamic) {
                    const auto& [integers, rounding, outliers] = dynamic;
                    const auto taps = integers.values[0][0].numel();  // beside each other, of each channel
                    return Weight(
                        DynamicInt8Weight{rows(integers), rounding,
                                          outliers.defined() ? outliers.repeat_interleave(taps) : outliers});
                  }},
      weight);
}

}  // namespace octet
