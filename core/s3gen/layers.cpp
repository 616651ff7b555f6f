#include "core/s3gen/layers.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <variant>

#include "core/error.h"
#include "core/kernels/dequantize.h"

namespace octet::s3gen {
namespace {

constexpr double kBatchNormEps = 1e-5;

const Weight& weight_of(const Scope& scope) {
  const auto& layer = scope.layer();
  if (!layer.weight) throw Error(ErrorKind::input, "layer " + scope.path() + " has no weight");
  return *layer.weight;
}

std::optional<at::Tensor> find_tensor(const Scope& scope, const std::string& name) {
  const auto& tensors = scope.layer().tensors;
  const auto found = tensors.find(name);
  return found == tensors.end() ? std::nullopt : std::optional(found->second);
}

at::Tensor tensor_of(const Scope& scope, const std::string& name) {
  if (auto tensor = find_tensor(scope, name)) return *tensor;
  throw Error(ErrorKind::input, "layer " + scope.path() + " has no " + name);
}

/// Of a norm, whose weight no plan makes int8.
at::Tensor dense_weight_of(const Scope& scope) { return std::get<DenseWeight>(weight_of(scope)).values; }

}  // namespace

Scope Scope::operator/(std::string_view child) const {
  return {*this, path_.empty() ? std::string(child) : path_ + '.' + std::string(child)};
}

const LayerWeights& Scope::layer() const {
  const auto found = weights_->layers.find(path_);
  if (found == weights_->layers.end())
    throw Error(ErrorKind::input, "the checkpoint has no layer " + path_,
                "it may be an export of other components; use the full checkpoint");
  taken_->insert(path_);
  return *found->second;
}

std::vector<std::string> Scope::untaken() const {
  std::vector<std::string> names;
  for (const auto& [name, layer] : weights_->layers)
    if (name.starts_with(path_ + '.') && !taken_->contains(name)) names.push_back(name);
  return names;
}

bool Scope::rounds_inputs() const {
  return std::ranges::any_of(weights_->layers, [&](const auto& layer) {
    const auto& weight = layer.second->weight;
    return layer.first.starts_with(path_ + '.') && weight &&
           std::holds_alternative<DynamicInt8Weight>(*weight);
  });
}

at::Tensor made_of_weight(const Scope& scope, const std::function<at::Tensor(const at::Tensor&)>& make) {
  const auto& weight = weight_of(scope);
  auto made = make(values_in(weight, at::kFloat));
  if (const auto* dense = std::get_if<DenseWeight>(&weight); dense && dense->slot)
    dense->slot->add([made, make](const Weight& other) { made.copy_(make(values_in(other, at::kFloat))); });
  return made;
}

RowProduct::Part row_part(const Scope& scope) { return {weight_of(scope), find_tensor(scope, "bias")}; }

RowNorm row_norm(const Scope& scope) { return {dense_weight_of(scope), tensor_of(scope, "bias"), 1e-5}; }

ChannelScale channel_scale(const Scope& batch_norm) {
  const auto fp32 = [&](const char* name) { return tensor_of(batch_norm, name).to(at::kFloat); };
  const auto bias = find_tensor(batch_norm, "bias");
  auto scale = at::rsqrt(fp32("running_var") + kBatchNormEps);
  if (bias) scale = scale * dense_weight_of(batch_norm).to(at::kFloat);
  const auto shift = -fp32("running_mean") * scale;
  return {scale, bias ? shift + bias->to(at::kFloat) : shift};
}

std::int64_t kernel_size(const Scope& convolution) { return shape_of(weight_of(convolution)).back(); }

std::int64_t out_channels(const Scope& convolution) { return shape_of(weight_of(convolution)).front(); }

Linear::Linear(const Scope& scope)
    : name_(scope.path()),
      weight_(weight_of(scope)),
      bias_(find_tensor(scope, "bias")),
      op_(prepare_linear(weight_, bias_)) {}

Embedding::Embedding(const Scope& scope)
    : name_(scope.path()), op_(prepare_embedding(weight_of(scope), scope.activations())) {}

Conv1d::Conv1d(const Scope& scope, const ConvShape& shape)
    : name_(scope.path()),
      weight_(weight_of(scope)),
      bias_(find_tensor(scope, "bias")),
      shape_(shape),
      op_(prepare_conv1d(weight_, bias_, shape)) {}

ConvTranspose1d::ConvTranspose1d(const Scope& scope, const ConvShape& shape)
    : name_(scope.path()),
      weight_(weight_of(scope)),
      bias_(find_tensor(scope, "bias")),
      shape_(shape),
      op_(prepare_conv_transpose1d(weight_, bias_, shape)) {}

Conv2d::Conv2d(const Scope& scope, std::int64_t row_stride, std::int64_t padding)
    : name_(scope.path()),
      shape_{.stride = row_stride, .padding = padding},
      op_(prepare_conv2d(weight_of(scope), row_stride, padding)) {}

LayerNorm::LayerNorm(const Scope& scope, double eps)
    : name_(scope.path()), weight_(dense_weight_of(scope)), bias_(tensor_of(scope, "bias")), eps_(eps) {}

at::Tensor LayerNorm::operator()(const at::Tensor& x, const Run& run) const {
  const auto dtype = at::promote_types(x.scalar_type(), weight_.scalar_type());
  return run.shown(name_,
                   at::layer_norm(x.to(dtype), weight_.sizes(), weight_.to(dtype), bias_.to(dtype), eps_)
                       .to(x.scalar_type()));
}

BatchNorm::BatchNorm(const Scope& scope)
    : name_(scope.path()),
      bias_(find_tensor(scope, "bias")),
      mean_(tensor_of(scope, "running_mean").to(at::kFloat)),
      variance_(tensor_of(scope, "running_var").to(at::kFloat)) {
  if (bias_) {
    bias_ = bias_->to(at::kFloat);
    weight_ = dense_weight_of(scope).to(at::kFloat);
  }
}

at::Tensor BatchNorm::operator()(const at::Tensor& x, const Run& run) const {
  return run.shown(name_,
                   at::batch_norm(x.to(at::kFloat), weight_, bias_, mean_, variance_, /*training=*/false,
                                  /*momentum=*/0.1, kBatchNormEps, /*cudnn_enabled=*/false)
                       .to(x.scalar_type()));
}

Snake::Snake(const Scope& scope)
    : name_(scope.path()), alpha_(tensor_of(scope, "alpha").to(at::kFloat).view({1, -1, 1})) {}

at::Tensor Snake::operator()(const at::Tensor& x, const Run& run) const {
  const auto exact = run.seen(name_, x).to(at::kFloat);
  return run.shown(
      name_, (exact + (1.0 / (alpha_ + 1e-9)) * at::pow(at::sin(exact * alpha_), 2)).to(x.scalar_type()));
}

}  // namespace octet::s3gen
