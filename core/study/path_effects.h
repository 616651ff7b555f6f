#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

#include "core/s3gen/layers.h"

namespace octet {

/// A layer's weight on its way to another, fp32.
struct WeightPath {
  std::string layer;
  at::Tensor from;  ///< [weight's shape]
  at::Tensor by;    ///< what is to be added to it
};

/// How far each of the paths moves the output, as a length. What all paths together change in it is the sum
/// of their shares (Aumann and Shapley 1974), each the mean of output's derivative along its path, here at a
/// fourth and three fourths of all paths at once. A share's length is the root mean square of its products
/// with so many vectors of random signs (Hutchinson 1990), the same for all paths: each takes one pass of
/// gradients, and of n the length has a relative error of about 1 / sqrt(2 n). `output`, of a model with such
/// weights, knows its gradient. `base`: all layers of the part, in tensors made outside inference mode.
std::vector<double> path_effects(const s3gen::ModelWeights& base, const std::vector<WeightPath>& paths,
                                 const std::function<at::Tensor(const s3gen::ModelWeights&)>& output,
                                 int signs, std::uint64_t seed);

}  // namespace octet
