#include "core/checkpoint/module_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/checkpoint/schema.h"
#include "core/quant/stored_parts.h"

namespace octet {
namespace {

constexpr std::int64_t kLargestExtent = 1 << 24;
/// Indices beyond are unexpected tensors, so that one wild name does not ask for a billion blocks.
constexpr int kMostBlocks = 256;

Precision precision_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::bf16: return Precision::bf16;
    case Dtype::f16: return Precision::fp16;
    case Dtype::i8: return Precision::int8;
    default: return Precision::fp32;
  }
}

std::string describe(const Shape& expected) {
  std::vector<std::string> extents;
  for (const auto extent : expected) extents.push_back(extent < 0 ? "?" : std::to_string(extent));
  return fmt::format("[{}]", fmt::join(extents, ", "));
}

bool fits(const Shape& actual, const Shape& expected) {
  return std::ranges::equal(actual, expected,
                            [](auto is, auto should) { return is >= 1 && (should < 0 || is == should); });
}

}  // namespace

void ModuleReader::linear(const std::string& name, std::int64_t out, std::int64_t in, Bias bias) {
  dense(name, LayerType::linear, {out, in}, bias);
}

void ModuleReader::conv1d(const std::string& name, Shape weight, Bias bias) {
  dense(name, LayerType::conv1d, std::move(weight), bias);
}

void ModuleReader::conv2d(const std::string& name, Shape weight) {
  dense(name, LayerType::conv2d, std::move(weight), Bias::no);
}

void ModuleReader::embedding(const std::string& name, Shape weight) {
  dense(name, LayerType::embedding, std::move(weight), Bias::no);
}

void ModuleReader::weight_normed_conv1d(const std::string& name, const Shape& weight) {
  weight_normed(name, LayerType::conv1d, weight, weight[0]);
}

void ModuleReader::weight_normed_conv_transpose1d(const std::string& name, const Shape& weight) {
  weight_normed(name, LayerType::conv_transpose1d, weight, weight[1]);
}

void ModuleReader::layer_norm(const std::string& name, std::int64_t width) {
  layer(name, LayerType::layer_norm, {{"weight", {width}}, {"bias", {width}}});
}

void ModuleReader::batch_norm(const std::string& name, std::int64_t channels, Affine affine) {
  std::vector<Part> parts;
  if (affine == Affine::yes) parts = {{"weight", {channels}}, {"bias", {channels}}};
  parts.push_back({"running_mean", {channels}});
  parts.push_back({"running_var", {channels}});
  parts.push_back({"num_batches_tracked", {}});
  layer(name, LayerType::batch_norm, parts);
}

void ModuleReader::snake(const std::string& name, std::int64_t channels) {
  layer(name, LayerType::snake, {{"alpha", {channels}}});
}

void ModuleReader::parameter(const std::string& name, const Shape& shape) {
  Layer made = new_layer(name, LayerType::parameter);
  add_part(made, name, shape);
  finish(std::move(made));
}

void ModuleReader::buffer(const std::string& name, const Shape& shape) {
  if (!has(name)) {
    absent.push_back(name);
    return;
  }
  Layer made = new_layer(name, LayerType::buffer);
  add_part(made, name, shape);
  finish(std::move(made));
}

void ModuleReader::require(bool fine, const std::string& fault) {
  if (!fine) wrong.push_back(fault);
}

bool ModuleReader::has_any(const std::string& prefix) const {
  const auto first = tensors_.lower_bound(prefix);
  return first != tensors_.end() && first->first.starts_with(prefix);
}

std::int64_t ModuleReader::size(const std::string& name, std::size_t dim) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end() || dim >= found->second.shape.size()) return kAnyExtent;
  const auto extent = found->second.shape[dim];
  return extent >= 1 && extent <= kLargestExtent ? extent : kAnyExtent;
}

std::int64_t ModuleReader::weight_size(const std::string& layer, std::size_t dim) const {
  const auto direction = layer + std::string(kDirection);
  return size(has(direction) ? direction : layer + ".weight", dim);
}

std::vector<std::string> ModuleReader::numbered(const std::string& prefix, int first) const {
  int last = first;
  for (auto it = tensors_.lower_bound(prefix); it != tensors_.end() && it->first.starts_with(prefix); ++it) {
    const auto* begin = it->first.data() + prefix.size();
    int number = 0;
    const auto [end, error] = std::from_chars(begin, it->first.data() + it->first.size(), number);
    if (error == std::errc() && *end == '.' && number < kMostBlocks) last = std::max(last, number);
  }
  std::vector<std::string> names;
  for (int i = first; i <= last; ++i) names.push_back(prefix + std::to_string(i));
  return names;
}

void ModuleReader::dense(const std::string& name, LayerType type, Shape weight, Bias bias) {
  const auto out = weight[0];
  std::vector<Part> parts{{"weight", std::move(weight)}};
  if (bias == Bias::yes) parts.push_back({"bias", {out}});
  layer(name, type, parts);
}

void ModuleReader::weight_normed(const std::string& name, LayerType type, const Shape& weight,
                                 std::int64_t out) {
  if (has(name + ".weight")) return layer(name, type, {{"weight", weight}, {"bias", {out}}});
  Layer made = new_layer(name, type);
  made.weight_normed = true;
  Shape magnitude(weight.size(), 1);
  magnitude[0] = weight[0];
  expect_floating(name + std::string(kMagnitude), magnitude);
  if (const auto* direction = expect_floating(name + std::string(kDirection), weight))
    made.tensors.push_back({name + ".weight", direction->shape, direction->dtype});
  add_part(made, name + ".bias", {out});
  finish(std::move(made));
}

void ModuleReader::layer(const std::string& name, LayerType type, const std::vector<Part>& parts) {
  Layer made = new_layer(name, type);
  for (const auto& part : parts) add_part(made, fmt::format("{}.{}", name, part.name), part.shape);
  finish(std::move(made));
}

Layer ModuleReader::new_layer(const std::string& name, LayerType type) const {
  Layer made;
  made.name = name;
  made.type = type;
  made.component = component_;
  return made;
}

void ModuleReader::add_part(Layer& made, const std::string& name, const Shape& shape) {
  const auto* tensor = expect(name, shape);
  if (!tensor) return;
  made.tensors.push_back({name, tensor->shape, tensor->dtype});
  if (tensor->dtype == Dtype::i8 && made.quantizable() && name.ends_with(".weight"))
    expect_int8(made);
  else
    check_type(name, *tensor);
}

void ModuleReader::finish(Layer made) {
  if (made.tensors.empty()) return;
  made.stored = precision_of(made.tensors.front().stored);
  layers.push_back(std::move(made));
}

/// What the layer's scheme has beside its integers.
void ModuleReader::expect_int8(Layer& made) {
  const auto scheme = schemes_.find(made.name);
  const auto recipe = scheme == schemes_.end() ? Recipe{.storage = Precision::int8} : scheme->second;
  made.method = recipe.method;
  made.options = recipe.options;
  if (recipe.storage != Precision::int8) return;
  for (const auto& part : parts_of(made, recipe)) {
    using enum StoredPart::Role;
    if (part.role == weight || part.role == other) continue;
    const auto* tensor = expect(part.name, part.shape);
    if (tensor && tensor->dtype != part.dtype)
      wrong.push_back(
          fmt::format("{} is {}, expected {}", part.name, to_string(tensor->dtype), to_string(part.dtype)));
  }
}

/// The tensor, if it is there with the right shape; otherwise a note.
const StoredTensor* ModuleReader::expect(const std::string& name, const Shape& shape) {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    missing.push_back(name);
    return nullptr;
  }
  used.insert(found->first);
  if (!fits(found->second.shape, shape)) {
    wrong.push_back(fmt::format("{} is {}, expected {}", name, found->second.shape, describe(shape)));
    return nullptr;
  }
  return &found->second;
}

const StoredTensor* ModuleReader::expect_floating(const std::string& name, const Shape& shape) {
  const auto* tensor = expect(name, shape);
  if (tensor) check_type(name, *tensor);
  return tensor;
}

void ModuleReader::check_type(const std::string& name, const StoredTensor& tensor) {
  const bool counter = name.ends_with(".num_batches_tracked");
  const bool right =
      counter ? tensor.dtype == Dtype::i64 || tensor.dtype == Dtype::i32 : is_floating(tensor.dtype);
  if (!right)
    wrong.push_back(fmt::format("{} is {}, expected {}", name, to_string(tensor.dtype),
                                counter ? "I64" : "F32, BF16 or F16"));
}

}  // namespace octet
