#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/kernels/captured_graph.h"
#include "core/kernels/weight_ops.h"
#include "core/ops/row_ops.h"
#include "core/tensor/weight.h"

namespace octet::s3gen {

/// One layer as a run computes with it. Immutable; shared by all runs that agree on its precision.
struct LayerWeights {
  std::optional<Weight> weight;  ///< "<layer>.weight" where there is one
  std::unordered_map<std::string, at::Tensor>
      tensors;  ///< the rest by last name: "bias", "alpha", "running_mean" …
};

/// Sees what a layer gives, by the layer's name. It may throw to end the run.
using Probe = std::function<void(const std::string& layer, const at::Tensor& output)>;

/// The layers of a run by name, on one device.
struct ModelWeights {
  std::unordered_map<std::string, std::shared_ptr<const LayerWeights>> layers;
  at::Device device = at::kCPU;
  at::ScalarType activations = at::kFloat;  ///< of all but the tokenizer and what must stay exact
  Probe probe;                              ///< of every layer that computes; none in an ordinary run
  std::shared_ptr<GraphCache> graphs;       ///< of the GPU; none on the CPU
};

/// A place in the module tree: `scope / "encoder" / 0` is the child upstream names "encoder.0".
class Scope {
 public:
  Scope(const ModelWeights& weights, std::string path)
      : weights_(&weights), path_(std::move(path)), taken_(std::make_shared<std::set<std::string>>()) {}

  Scope operator/(std::string_view child) const;
  Scope operator/(int index) const { return *this / std::to_string(index); }

  /// Whether a layer of this very name exists.
  bool is_layer() const { return weights_->layers.contains(path_); }
  /// The layer of this name, which counts as taken then. Throws Error(input) naming it when the checkpoint
  /// has none.
  const LayerWeights& layer() const;
  /// Layers below this place that no module has taken, here or in any scope made from the same root.
  std::vector<std::string> untaken() const;
  const std::string& path() const { return path_; }
  at::Device device() const { return weights_->device; }
  at::ScalarType activations() const { return weights_->activations; }
  const Probe& probe() const { return weights_->probe; }
  const std::shared_ptr<GraphCache>& graphs() const { return weights_->graphs; }

 private:
  Scope(const Scope& parent, std::string path)
      : weights_(parent.weights_), path_(std::move(path)), taken_(parent.taken_) {}

  const ModelWeights* weights_;
  std::string path_;
  std::shared_ptr<std::set<std::string>> taken_;
};

/// Shows what a layer gives to the run's probe, where there is one.
class Shown {
 public:
  explicit Shown(const Scope& scope) : layer_(scope.probe() ? scope.path() : ""), probe_(scope.probe()) {}
  at::Tensor operator()(at::Tensor output) const {
    if (probe_) probe_(layer_, output);
    return output;
  }

 private:
  std::string layer_;
  Probe probe_;
};

/// Width of a convolution's kernel.
std::int64_t kernel_size(const Scope& convolution);

/// A layer's weight and bias as core/ops/row_ops.h takes them.
RowProduct::Part row_part(const Scope& scope);

// Modules hold shared weights and are called like upstream's nn modules.

class Linear {
 public:
  explicit Linear(const Scope& scope);
  at::Tensor operator()(const at::Tensor& x) const { return shown_(linear(x, weight_, bias_)); }
  const Weight& weight() const { return weight_; }
  const Bias& bias() const { return bias_; }
  std::int64_t in_features() const;

 private:
  Shown shown_;
  Weight weight_;
  Bias bias_;
};

class Embedding {
 public:
  explicit Embedding(const Scope& scope);
  /// Rows in the run's type of activations. ids: int64, within the table.
  at::Tensor operator()(const at::Tensor& ids) const { return shown_(embedding(ids, weight_, type_)); }

 private:
  Shown shown_;
  Weight weight_;
  at::ScalarType type_;
};

class Conv1d {
 public:
  Conv1d(const Scope& scope, const ConvShape& shape);
  at::Tensor operator()(const at::Tensor& x) const { return shown_(conv1d(x, weight_, bias_, shape_)); }
  const Weight& weight() const { return weight_; }
  const Bias& bias() const { return bias_; }
  const ConvShape& shape() const { return shape_; }
  std::int64_t kernel_size() const;

 private:
  Shown shown_;
  Weight weight_;
  Bias bias_;
  ConvShape shape_;
};

class ConvTranspose1d {
 public:
  ConvTranspose1d(const Scope& scope, const ConvShape& shape);
  at::Tensor operator()(const at::Tensor& x) const {
    return shown_(conv_transpose1d(x, weight_, bias_, shape_));
  }
  const Weight& weight() const { return weight_; }
  const Bias& bias() const { return bias_; }
  const ConvShape& shape() const { return shape_; }

 private:
  Shown shown_;
  Weight weight_;
  Bias bias_;
  ConvShape shape_;
};

/// Without bias, stride on the first spatial axis, as CAMPPlus uses it.
class Conv2d {
 public:
  Conv2d(const Scope& scope, std::int64_t row_stride, std::int64_t padding);
  at::Tensor operator()(const at::Tensor& x) const {
    return shown_(conv2d(x, weight_, row_stride_, padding_));
  }

 private:
  Shown shown_;
  Weight weight_;
  std::int64_t row_stride_;
  std::int64_t padding_;
};

class LayerNorm {
 public:
  LayerNorm(const Scope& scope, double eps);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  Shown shown_;
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
  Shown shown_;
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
  const at::Tensor& alpha() const { return alpha_; }  ///< fp32 [1, channels, 1]

 private:
  Shown shown_;
  at::Tensor alpha_;
};

}  // namespace octet::s3gen
