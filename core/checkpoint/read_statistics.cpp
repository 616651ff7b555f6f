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
  const auto named = [&](const char* part) { return layer.name + '.' + part; };
  const auto refuse = [&](const char* part, std::string_view fault) {
    throw Error(ErrorKind::input,
                fmt::format("{}: tensor {} {}", calibration.file->name(), named(part), fault),
                "the file is damaged: calibrate again");
  };
  const auto read = [&](const char* part, Dtype dtype) {
    const auto found = calibration.tensors.find(named(part));
    if (found == calibration.tensors.end()) refuse(part, "is missing");
    const auto& stored = found->second;
    if (stored.dtype != dtype) refuse(part, "is of another type");
    auto values = as_tensor(stored);
    if (!at::isfinite(values).all().item<bool>()) refuse(part, "holds NaN or infinity");
    return values;
  };
  const auto expect = [&](const char* part, const at::Tensor& values, at::IntArrayRef shape) {
    if (values.sizes() != shape) refuse(part, "does not fit the layer's weight");
  };
  const auto counts = read("rows", Dtype::i64);
  expect("rows", counts, {2});
  InputStatistics made;
  made.rows = counts[0].item<std::int64_t>();
  made.phases = counts[1].item<std::int64_t>();
  if (made.rows < 1 || made.phases < 1) refuse("rows", "is not positive");
  const auto inputs = inputs_of(layer, made.phases);
  made.mean = read("mean", Dtype::f32);
  const auto groups = made.mean.dim() == 2 ? made.mean.size(0) : 0;
  expect("mean", made.mean, {groups, inputs});
  if (groups < 1 || layer.weight().shape[0] % groups != 0) refuse("mean", "does not fit the layer's weight");
  const auto triangles = read("hessian", Dtype::f32);
  expect("hessian", triangles, {groups, inputs * (inputs + 1) / 2});
  made.hessian = symmetric_of(triangles, inputs);
  if (made.hessian.diagonal(0, 1, 2).lt(0).any().item<bool>())
    refuse("hessian", "has a square that is negative");
  made.largest = read("largest", Dtype::f32);
  const auto& shape = layer.weight().shape;
  expect("largest", made.largest, {layer.type == LayerType::conv_transpose1d ? shape[0] : groups * shape[1]});
  if (made.largest.lt(0).any().item<bool>()) refuse("largest", "is no list of sizes");
  return made;
}

}  // namespace octet
