#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include "core/ops/row_ops.h"
#include "core/tensor/layer.h"

namespace octet {

/// Random numbers of a sum's natural size.
class Draws {
 public:
  at::Tensor normal(const Shape& shape, at::ScalarType type, double scale = 1) {
    return (at::randn(shape, generator_, at::kFloat) * scale).to(type);
  }
  RowNorm norm(std::int64_t channels, at::ScalarType type) {
    return {1 + normal({channels}, type, 0.1), normal({channels}, type, 0.1), 1e-5};
  }

 private:
  at::Generator generator_ = at::detail::createCPUGenerator(11);
};

}  // namespace octet
