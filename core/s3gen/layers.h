#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/kernels/weight_ops.h"
#include "core/tensor/weight.h"

namespace octet::s3gen {

/// One layer as a run computes with it. Immutable; shared by all runs that agree on its precision.
struct LayerWeights {
  std::optional<Weight> weight;  ///< "<layer>.weight" where there is one
  std::unordered_map<std::string, at::Tensor>
      tensors;  ///< the rest by last name: "bias", "alpha", "running_mean" …
};

/// The layers of a run by name, on one device.
struct ModelWeights {
  std::unordered_map<std::string, std::shared_ptr<const LayerWeights>> layers;
  at::Device device = at::kCPU;
  at::ScalarType activations = at::kFloat;  ///< of all but the tokenizer and what must stay exact
};

/// A place in the module tree: `scope / "encoder" / 0` is the child upstream names "encoder.0".
class Scope {
 public:
  Scope(const ModelWeights& weights, std::string path) : weights_(&weights), path_(std::move(path)) {}

  Scope operator/(std::string_view child) const;
  Scope operator/(int index) const { return *this / std::to_string(index); }

  /// Whether a layer of this very name exists.
  bool is_layer() const { return weights_->layers.contains(path_); }
  /// The layer of this name. Throws Error(input) naming it when the checkpoint has none.
  const LayerWeights& layer() const;
  const std::string& path() const { return path_; }
  at::Device device() const { return weights_->device; }
  at::ScalarType activations() const { return weights_->activations; }

 private:
  const ModelWeights* weights_;
  std::string path_;
};

// Modules hold shared weights and are called like upstream's nn modules.

class Linear {
 public:
  explicit Linear(const Scope& scope);
  at::Tensor operator()(const at::Tensor& x) const { return linear(x, weight_, bias_); }
  std::int64_t in_features() const;

 private:
  Weight weight_;
  Bias bias_;
};

class Conv1d {
 public:
  Conv1d(const Scope& scope, const ConvShape& shape);
  at::Tensor operator()(const at::Tensor& x) const { return conv1d(x, weight_, bias_, shape_); }
  std::int64_t kernel_size() const;

 private:
  Weight weight_;
  Bias bias_;
  ConvShape shape_;
};

class ConvTranspose1d {
 public:
  ConvTranspose1d(const Scope& scope, const ConvShape& shape);
  at::Tensor operator()(const at::Tensor& x) const { return conv_transpose1d(x, weight_, bias_, shape_); }

 private:
  Weight weight_;
  Bias bias_;
  ConvShape shape_;
};

/// Without bias, stride on the first spatial axis, as CAMPPlus uses it.
class Conv2d {
 public:
  Conv2d(const Scope& scope, std::int64_t row_stride, std::int64_t padding);
  at::Tensor operator()(const at::Tensor& x) const { return conv2d(x, weight_, row_stride_, padding_); }

 private:
  Weight weight_;
  std::int64_t row_stride_;
  std::int64_t padding_;
};

class LayerNorm {
 public:
  LayerNorm(const Scope& scope, double eps);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor weight_;
  at::Tensor bias_;
  double eps_;
};

/// With running statistics, eps 1e-5, affine where the checkpoint has weights. Statistics are applied in
/// fp32.
class BatchNorm {
 public:
  explicit BatchNorm(const Scope& scope);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::optional<at::Tensor> weight_;
  std::optional<at::Tensor> bias_;
  at::Tensor mean_;
  at::Tensor variance_;
};

/// x + sin^2(alpha x) / (alpha + 1e-9) per channel, in fp32 (https://arxiv.org/abs/2006.08195).
/// x: [batch, channels, samples].
class Snake {
 public:
  explicit Snake(const Scope& scope);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor alpha_;
};

}  // namespace octet::s3gen
