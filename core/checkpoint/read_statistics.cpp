#include "core/checkpoint/read_statistics.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/checkpoint/as_tensor.h"
#include "core/error.h"

namespace octet {
namespace {

/// Inputs that one output of the layer sees.
std::int64_t inputs_of(const Layer& layer, std::int64_t phases) {
  const auto& shape = layer.weight().shape;
  if (layer.type == LayerType::conv_transpose1d) return shape[0] * ((shape[2] + phases - 1) / phases);
  return element_count(shape) / shape[0];
}

at::Tensor symmetric_of(const at::Tensor& triangles, std::int64_t inputs) {
  auto whole = at::zeros({triangles.size(0), inputs, inputs}, triangles.options());
  std::int64_t begin = 0;
  for (std::int64_t row = 0; row < inputs; ++row) {
    const auto count = inputs - row;
    const auto values = triangles.narrow(1, begin, count);
    whole.select(1, row).narrow(1, row, count).copy_(values);
    whole.select(2, row).narrow(1, row, count).copy_(values);
    begin += count;
  }
  return whole;
}

/// Tensors of a layer, checked as they are read.
class StatisticsReader {
 public:
  StatisticsReader(const TensorFile& calibration, const Layer& layer)
      : calibration_(calibration), layer_(layer) {}

  [[noreturn]] void refuse(const char* part, std::string_view fault) const {
    throw Error(ErrorKind::input,
                fmt::format("{}: tensor {}.{} {}", calibration_.file->name(), layer_.name, part, fault),
                "the file is damaged: calibrate again");
  }

  void expect(const char* part, const at::Tensor& values, at::IntArrayRef shape) const {
    if (values.sizes() != shape) refuse(part, "does not fit the layer's weight");
  }

  at::Tensor read(const char* part, Dtype dtype) const {
    const auto found = calibration_.tensors.find(layer_.name + '.' + part);
    if (found == calibration_.tensors.end()) refuse(part, "is missing");
    const auto& stored = found->second;
    if (stored.dtype != dtype) refuse(part, "is of another type");
    auto values = as_tensor(stored);
    if (!at::isfinite(values).all().item<bool>()) refuse(part, "holds NaN or infinity");
    return values;
  }

  at::Tensor mean() const {
    auto values = read("mean", Dtype::f32);
    if (values.dim() != 2 || values.size(0) < 1 || layer_.weight().shape[0] % values.size(0) != 0)
      refuse("mean", "does not fit the layer's weight");
    return values;
  }

  at::Tensor largest(std::int64_t groups) const {
    auto values = read("largest", Dtype::f32);
    const auto& shape = layer_.weight().shape;
    expect("largest", values, {layer_.type == LayerType::conv_transpose1d ? shape[0] : groups * shape[1]});
    if (values.lt(0).any().item<bool>()) refuse("largest", "is no list of sizes");
    return values;
  }

 private:
  const TensorFile& calibration_;
  const Layer& layer_;
};

}  // namespace

at::Tensor upper_triangles(const at::Tensor& symmetric) {
  const auto inputs = symmetric.size(1);
  auto packed = at::empty({symmetric.size(0), inputs * (inputs + 1) / 2}, symmetric.options());
  std::int64_t begin = 0;
  for (std::int64_t row = 0; row < inputs; ++row) {
    const auto count = inputs - row;
    packed.narrow(1, begin, count).copy_(symmetric.select(1, row).narrow(1, row, count));
    begin += count;
  }
  return packed;
}

InputStatistics read_statistics(const TensorFile& calibration, const Layer& layer) {
  const StatisticsReader reader(calibration, layer);
  const auto counts = reader.read("rows", Dtype::i64);
  reader.expect("rows", counts, {2});
  InputStatistics made;
  made.rows = counts[0].item<std::int64_t>();
  made.phases = counts[1].item<std::int64_t>();
  if (made.rows < 1 || made.phases < 1) reader.refuse("rows", "is not positive");
  const auto inputs = inputs_of(layer, made.phases);
  made.mean = reader.mean();
  const auto groups = made.mean.size(0);
  reader.expect("mean", made.mean, {groups, inputs});
  const auto triangles = reader.read("hessian", Dtype::f32);
  reader.expect("hessian", triangles, {groups, inputs * (inputs + 1) / 2});
  made.hessian = symmetric_of(triangles, inputs);
  if (made.hessian.diagonal(0, 1, 2).lt(0).any().item<bool>())
    reader.refuse("hessian", "has a square that is negative");
  made.largest = reader.largest(groups);
  return made;
}

at::Tensor read_largest_inputs(const TensorFile& calibration, const Layer& layer) {
  const StatisticsReader reader(calibration, layer);
  return reader.largest(reader.mean().size(0));
}

}  // namespace octet
