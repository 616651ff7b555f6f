#pragma once

#include <optional>
#include <vector>

#include "core/ops/hearing_ops.h"
#include "core/s3gen/layers.h"

namespace octet::s3gen {

/// Campplus as GPUs like it: rows, norms within the products before them, products that can be recorded.
/// fp32, whatever the activations of the rest are.
class RowSpeaker {
 public:
  /// `scope` is "speaker_encoder".
  explicit RowSpeaker(const Scope& scope);
  /// Whether its layers are as narrow as kernels take them; upstream's are.
  static bool takes(const Scope& scope);

  /// features: fp32 [frames, mels], their mean removed -> fp32 [1, width]
  at::Tensor operator()(const at::Tensor& features) const;

 private:
  /// A convolution with the norm behind it.
  struct Product {
    at::Tensor weight;  ///< [width, seen]
    at::Tensor bias;
  };
  /// A matrix [width, seen] as it is to lie in memory.
  using Layout = at::Tensor (*)(const at::Tensor& matrix);
  static Product product(const Scope& convolution, const std::optional<Scope>& norm);
  static Product product(const Scope& convolution, const std::optional<Scope>& norm, Layout layout);
  static PlaneConvolution plane_convolution(const Scope& convolution, const Scope& norm,
                                            std::int64_t plane_stride);

  struct ResidualBlock {
    ResidualBlock(const Scope& scope, std::int64_t plane_stride);
    at::Tensor operator()(const at::Tensor& x) const;

    std::int64_t plane_stride;
    PlaneConvolution conv1;
    PlaneConvolution conv2;
    std::optional<Product> shortcut;
  };
  struct DenseLayer {
    DenseLayer(const Scope& scope, std::int64_t dilation);
    /// Reads the first of the columns and writes those right behind them.
    void operator()(const at::Tensor& columns) const;

    ChannelScale norm;
    Product bottleneck;
    SegmentGates gates;
    GatedConvolution local;
  };
  struct DenseBlock {
    DenseBlock(const Scope& xvector, int number, std::int64_t dilation);
    at::Tensor operator()(const at::Tensor& x) const;

    std::vector<DenseLayer> layers;
    ChannelScale norm;
    at::Tensor transit;
  };

  PlaneConvolution head_conv1_;
  std::vector<ResidualBlock> head_blocks_;
  PlaneConvolution head_conv2_;
  Product tdnn_;
  std::vector<DenseBlock> blocks_;
  ChannelScale out_norm_;
  Product dense_;
};

}  // namespace octet::s3gen
