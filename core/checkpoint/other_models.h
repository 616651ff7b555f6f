#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace octet {

/// A model that people take for S3Gen.
struct OtherModel {
  std::string_view what;  ///< "CosyVoice 1's flow"
  std::string_view hint;
};

/// Tells from the names of its tensors which well-known model a file holds, if one.
std::optional<OtherModel> other_model(const std::vector<std::string>& names);

}  // namespace octet
