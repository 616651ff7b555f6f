#include "core/s3gen/f0_predictor.h"

#include <ATen/ATen.h>

namespace octet::s3gen {

F0Predictor::F0Predictor(const Scope& scope) : classifier_(scope / "classifier") {
  // In upstream's Sequential every second module is an activation.
  for (int i = 0; (scope / "condnet" / i).is_layer(); i += 2)
    convs_.emplace_back(scope / "condnet" / i, ConvShape{.padding = 1});
}

at::Tensor F0Predictor::operator()(const at::Tensor& mel, const Run& run) const {
  auto x = mel;
  for (const auto& conv : convs_) x = at::elu(conv(x, run));
  return at::abs(classifier_(x.transpose(1, 2), run).squeeze(-1));
}

}  // namespace octet::s3gen
