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
#include "core/ops/layer_ops.h"
#include "core/ops/row_ops.h"
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
  std::shared_ptr<GraphCache> graphs;       ///< of the GPU; none on the CPU
  bool refillable = false;                  ///< other weights may take the place of these (WeightSlot)
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
  /// Whether a layer below this place rounds its inputs, by all that is in them.
  bool rounds_inputs() const;
  at::Device device() const { return weights_->device; }
  at::ScalarType activations() const { return weights_->activations; }
  const std::shared_ptr<GraphCache>& graphs() const { return weights_->graphs; }
  bool refillable() const { return weights_->refillable; }

 private:
  Scope(const Scope& parent, std::string path)
      : weights_(parent.weights_), path_(std::move(path)), taken_(parent.taken_) {}

  const ModelWeights* weights_;
  std::string path_;
  std::shared_ptr<std::set<std::string>> taken_;
};

/// A convolution's extents, as its module would tell them.
std::int64_t kernel_size(const Scope& convolution);
std::int64_t out_channels(const Scope& convolution);

/// What `make` makes of the layer's weight in fp32. Where another weight takes its place (WeightSlot), it is
/// made anew, in the same memory.
at::Tensor made_of_weight(const Scope& scope, const std::function<at::Tensor(const at::Tensor&)>& make);

/// A layer's weight and bias as core/ops/row_ops.h takes them.
RowProduct::Part row_part(const Scope& scope);
/// A norm's, of 1e-5.
RowNorm row_norm(const Scope& scope);

/// What a batch norm does by channel: x * scale + shift, fp32.
struct ChannelScale {
  at::Tensor scale;
  at::Tensor shift;
};
ChannelScale channel_scale(const Scope& batch_norm);

// Modules are called like upstream's nn modules, and with the run that they are part of.

class Linear {
 public:
  explicit Linear(const Scope& scope);
  at::Tensor operator()(const at::Tensor& x, const Run& run) const {
    return run.shown(name_, (*op_)(run.seen(name_, x), run));
  }
  const Weight& weight() const { return weight_; }
  const Bias& bias() const { return bias_; }
  std::int64_t in_features() const { return shape_of(weight_).back(); }
  const Op& op() const { return op_; }

 private:
  std::string name_;
  Weight weight_;
  Bias bias_;
  Op op_;
};

class Embedding {
 public:
  explicit Embedding(const Scope& scope);
  /// Rows in the run's type of activations. ids: int64, within the table.
  at::Tensor operator()(const at::Tensor& ids, const Run& run) const {
    return run.shown(name_, (*op_)(ids, run));
  }

 private:
  std::string name_;
  Op op_;
};

class Conv1d {
 public:
  Conv1d(const Scope& scope, const ConvShape& shape);
  at::Tensor operator()(const at::Tensor& x, const Run& run) const {
    return run.shown(name_, (*op_)(run.seen(name_, x, shape_), run));
  }
  const Weight& weight() const { return weight_; }
  const Bias& bias() const { return bias_; }
  const ConvShape& shape() const { return shape_; }
  std::int64_t out_channels() const { return shape_of(weight_).front(); }
  std::int64_t kernel_size() const { return shape_of(weight_).back(); }

 private:
  std::string name_;
  Weight weight_;
  Bias bias_;
  ConvShape shape_;
  Op op_;
};

class ConvTranspose1d {
 public:
  ConvTranspose1d(const Scope& scope, const ConvShape& shape);
  at::Tensor operator()(const at::Tensor& x, const Run& run) const {
    return run.shown(name_, (*op_)(run.seen(name_, x, shape_), run));
  }
  const Weight& weight() const { return weight_; }
  const Bias& bias() const { return bias_; }
  const ConvShape& shape() const { return shape_; }
  std::int64_t kernel_size() const { return shape_of(weight_).back(); }

 private:
  std::string name_;
  Weight weight_;
  Bias bias_;
  ConvShape shape_;
  Op op_;
};

/// Without bias, stride on the first spatial axis, as CAMPPlus uses it.
class Conv2d {
 public:
  Conv2d(const Scope& scope, std::int64_t row_stride, std::int64_t padding);
  at::Tensor operator()(const at::Tensor& x, const Run& run) const {
    return run.shown(name_, (*op_)(run.seen(name_, x, shape_), run));
  }

 private:
  std::string name_;
  ConvShape shape_;
  Op op_;
};

class LayerNorm {
 public:
  LayerNorm(const Scope& scope, double eps);
  at::Tensor operator()(const at::Tensor& x, const Run& run) const;

 private:
  std::string name_;
  at::Tensor weight_;
  at::Tensor bias_;
  double eps_;
};

/// With running statistics, eps 1e-5, affine where the checkpoint has weights. Statistics are applied in
/// fp32.
class BatchNorm {
 public:
  explicit BatchNorm(const Scope& scope);
  at::Tensor operator()(const at::Tensor& x, const Run& run) const;

 private:
  std::string name_;
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
  at::Tensor operator()(const at::Tensor& x, const Run& run) const;
  const at::Tensor& alpha() const { return alpha_; }  ///< fp32 [1, channels, 1]

 private:
  std::string name_;
  at::Tensor alpha_;
};

}  // namespace octet::s3gen
