#pragma once

#include <ATen/core/Tensor.h>

#include "core/kernels/int8_rows.h"
#include "core/ops/layer_ops.h"
#include "core/tensor/weight.h"

namespace octet {

/// A product of rows with a weight's integers: rows are rounded to int8, sums scaled in fp32
/// (docs/formats.md, "Dynamic"); features with outliers, found in the rows or fixed, are multiplied as they
/// are ("Outliers").
class RoundedProduct {
 public:
  /// `weight`: a matrix [width, inputs], its outliers [inputs], on the device of what is to come.
  RoundedProduct(const DynamicInt8Weight& weight, const Bias& bias);

  /// x: [rows, inputs] of any float type, whose numbers are those of the base -> [rows, width]. On a GPU
  /// nothing is waited for, so that a graph can record it.
  at::Tensor operator()(const at::Tensor& x, at::ScalarType result) const;
  /// The same of rows that are rounded already; requires that no feature is left out.
  at::Tensor operator()(const Int8Rows& x, at::ScalarType result) const;

  std::int64_t width() const { return columns_.integers.size(0); }

 private:
  Int8Columns columns_;
  InputRounding rounding_;
  at::Tensor fixed_;            ///< bool [inputs]: outliers that were fixed beforehand, or undefined
  bool may_leave_out_ = false;  ///< whether any feature is or may become one
};

}  // namespace octet
