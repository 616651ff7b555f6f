#pragma once

#include <string>
#include <vector>

#include "core/quant/weight_only_options.h"
#include "core/tensor/layer.h"
#include "core/tensor/recipe.h"

namespace octet {

/// One tensor that a file has of a layer.
struct StoredPart {
  enum class Role {
    weight,  ///< "<layer>.weight": the weight, or its integers
    /// "<layer>.weight_scale": fp32, the weight's rank, 1 everywhere but on the output-channel axis; with
    /// groups or zero points [channels, groups]
    scale,
    zero_point,  ///< "<layer>.weight_zero_point": int8, as the scale
    outliers,    ///< "<layer>.weight_outliers": int8 [channels that an output sees], 1 for those, else 0
    other,       ///< biases, norms, running statistics, free parameters, tables
  };
  Role role = Role::other;
  std::string name;
  Dtype dtype = Dtype::f32;
  Shape shape;
  const LayerTensor* of = nullptr;  ///< the layer's tensor that this is, or belongs to

  std::uint64_t bytes() const;
};

/// All tensors that a file has of `layer` where it is stored by `recipe`: the one place that knows. Floating
/// ones have the recipe's type, integers and fixed tables keep theirs. `layer` must outlive them.
std::vector<StoredPart> parts_of(const Layer& layer, const Recipe& recipe);

/// The groups of an int8 weight that is used as those of weight-only are, by whatever method it was made.
WeightOnlyOptions layout_of(const Recipe& recipe);

/// Whether a file says which features of an int8 layer's inputs are outliers.
bool has_fixed_outliers(const Recipe& recipe);

/// The name of a layer's part; of `other` there may be several, so not for it.
std::string part_name(const Layer& layer, StoredPart::Role role);

}  // namespace octet
