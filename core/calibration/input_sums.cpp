#include "core/calibration/input_sums.h"

#include <ATen/ATen.h>

#include "core/calibration/unfolded_input.h"
#include "core/checkpoint/as_tensor.h"
#include "core/checkpoint/read_statistics.h"
#include "core/checkpoint/upstream_sizes.h"

namespace octet {
namespace {

constexpr auto kHessian = ".hessian", kMean = ".mean", kLargest = ".largest", kRows = ".rows";

TensorSource source(std::string name, Dtype dtype, const Shape& shape, std::function<at::Tensor()> make) {
  return {std::move(name), dtype, shape, [make = std::move(make)](const ByteSink& sink) {
            const auto values = make().contiguous();
            sink({static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()});
          }};
}

/// The largest |input| of each channel, which of a convolution is the second axis.
at::Tensor largest_of(const Layer& layer, const at::Tensor& input) {
  const auto channels_first = layer.type == LayerType::linear ? input.reshape({-1, input.size(-1)}).t()
                                                              : input.transpose(0, 1).flatten(1);
  return at::amax(channels_first.to(at::kFloat).abs(), 1);
}

}  // namespace

void InputSums::add(const at::Tensor& input, const ConvShape& shape, CalibrationBalance balance) {
  at::Tensor products, inputs;
  std::int64_t rows = 0;
  unfold_input(*layer_, input, shape, [&](const at::Tensor& x) {
    if (!products.defined()) {
      products = at::zeros({x.size(0), x.size(2), x.size(2)}, x.options());
      inputs = at::zeros({x.size(0), x.size(2)}, x.options());
    }
    products.baddbmm_(x.transpose(1, 2), x);
    inputs.add_(x.sum(1));
    rows += x.size(1);
  });
  if (balance == CalibrationBalance::calls) {
    const auto energy = products.diagonal(0, 1, 2).sum(at::kDouble).item<double>();
    products.mul_(energy > 0 ? static_cast<double>(rows) / energy : 0.0);
  }
  const auto largest = largest_of(*layer_, input);
  if (sums_.rows == 0) {
    sums_ = {products, inputs, largest, rows, layer_->type == LayerType::conv_transpose1d ? shape.stride : 1};
    return;
  }
  sums_.hessian.add_(products);
  sums_.mean.add_(inputs);
  sums_.largest = at::maximum(sums_.largest, largest);
  sums_.rows += rows;
}

std::vector<TensorSource> InputSums::stored() const {
  const auto& [hessian, mean, largest, rows, phases] = sums_;
  const auto inputs = hessian.size(1);
  const auto& name = layer_->name;
  return {source(name + kHessian, Dtype::f32, {hessian.size(0), inputs * (inputs + 1) / 2},
                 [hessian = hessian] { return upper_triangles(hessian.cpu()); }),
          source(name + kMean, Dtype::f32, mean.sizes().vec(), [mean = mean] { return mean.cpu(); }),
          source(name + kLargest, Dtype::f32, largest.sizes().vec(),
                 [largest = largest] { return largest.cpu(); }),
          source(name + kRows, Dtype::i64, {2}, [rows = rows, phases = phases] {
            return at::tensor({rows, phases}, at::kLong);
          })};
}

void InputSums::restore(const TensorFile& file, at::Device device) {
  sums_ = read_statistics(file, *layer_);
  for (auto* tensor : {&sums_.hessian, &sums_.mean, &sums_.largest}) *tensor = tensor->to(device);
}

std::uint64_t bytes_of_sums(const Layer& layer) {
  const auto& shape = layer.weight().shape;
  const bool depthwise = layer.type == LayerType::conv1d && shape[1] == 1;
  auto inputs = element_count(shape) / shape[0];
  if (layer.type == LayerType::conv_transpose1d) {
    const auto least_stride = upstream::kUpsamplings.back().stride;  // no shape tells it
    inputs = shape[0] * ((shape[2] + least_stride - 1) / least_stride);
  }
  return sizeof(float) * static_cast<std::uint64_t>((depthwise ? shape[0] : 1) * inputs * inputs);
}

std::vector<TensorSource> means_of_stored(const TensorFile& sums, const Layer& layer) {
  const auto stored = [&](const char* part) { return sums.tensors.at(layer.name + part); };
  const auto rows = as_tensor(stored(kRows))[0].item<std::int64_t>();
  const auto mean_of = [&](const char* part) {
    const auto sum = stored(part);
    return source(layer.name + part, Dtype::f32, sum.shape,
                  [sum, rows] { return as_tensor(sum) / static_cast<double>(rows); });
  };
  const auto copy_of = [&](const char* part) {
    const auto whole = stored(part);
    return source(layer.name + part, whole.dtype, whole.shape, [whole] { return as_tensor(whole); });
  };
  return {mean_of(kHessian), mean_of(kMean), copy_of(kLargest), copy_of(kRows)};
}

}  // namespace octet
