#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/quant/input_statistics.h"

namespace octet {

/// Outputs of a layer that see the same inputs: a group of a convolution, a phase of a transposed one, else
/// all. Its weights are the rows of a product with those inputs.
class ProductPart {
 public:
  /// This part of what has the weight's shape, a copy: [outputs, K]
  at::Tensor rows_of(const at::Tensor& whole) const { return view_of(whole).flatten(1).contiguous(); }
  /// Puts them back.
  void set_rows(const at::Tensor& whole, const at::Tensor& rows) const;
  /// This part of what has a number for each output channel, in place: [outputs]
  at::Tensor outputs_of(const at::Tensor& whole) const;
  /// Of its inputs, fp32 [K, K].
  const at::Tensor& hessian() const { return hessian_; }
  /// Of its inputs, fp32 [K].
  const at::Tensor& mean() const { return mean_; }

 private:
  friend std::vector<ProductPart> product_parts(const at::Tensor& weight, int channel_axis,
                                                const InputStatistics& statistics);
  ProductPart(std::int64_t index, std::int64_t parts, bool transposed, at::Tensor hessian, at::Tensor mean)
      : index_(index),
        parts_(parts),
        transposed_(transposed),
        hessian_(std::move(hessian)),
        mean_(std::move(mean)) {}

  /// [outputs, …]
  at::Tensor view_of(const at::Tensor& whole) const;

  std::int64_t index_;
  std::int64_t parts_;
  bool transposed_;
  at::Tensor hessian_;
  at::Tensor mean_;
};

/// All parts of a layer's weight, which is a ConvTranspose1d's, [in, out, kernel], where `channel_axis` is 1.
std::vector<ProductPart> product_parts(const at::Tensor& weight, int channel_axis,
                                       const InputStatistics& statistics);

}  // namespace octet
