#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/layer.h"

namespace octet {

/// Whether a tensor that nothing uses would have changed what the model computes: one more block or part of a
/// kind that the model has (its name differs from a used one by numbers alone), or a part of a layer that
/// layers of its type do not have. Not so a LoRA's: the model without it is a model, too.
class SurplusTest {
 public:
  /// `used`: names of the tensors that are used. `layers`: what they make, in any order.
  SurplusTest(const std::set<std::string_view>& used, const LayerTable& layers);
  bool operator()(std::string_view name) const;

 private:
  std::set<std::string> kinds_;
  std::set<std::string_view> layers_;
};

/// What a person should know of tensors that are not used, a sentence each; a LoRA that was not merged has
/// its own. Empty where there are none.
std::vector<std::string> unused_warnings(const std::vector<std::string>& names);

/// The first few of these names, and how many more there are.
std::string first_of(const std::vector<std::string>& names, std::size_t shown);

}  // namespace octet
