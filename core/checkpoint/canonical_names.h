#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace octet {

/// Whether a name is that of a tensor of a component, such as "flow.encoder.embed.out.0.weight".
bool begins_with_component(std::string_view name);

/// How a file spells the names of a model's tensors, and what they are in formats.md's spelling.
/// Wrappers are taken off, whatever chain of them there is: `model_state_dict.`, `state_dict.`, `model.`,
/// `module.`, `_orig_mod.`, `s3gen.`, `ema.`, `ema_model.`. CosyVoice2 keeps each component in a file of its
/// own, without its prefix. Both spellings of weight norm become `.parametrizations.weight.original0/1`.
/// Names of tensors that are no part of an S3Gen model stay as they are.
class CanonicalNames {
 public:
  explicit CanonicalNames(const std::vector<std::string>& names);

  /// Whether names have component prefixes, as chatterbox's have.
  bool prefixed() const { return prefixed_; }
  std::string of(std::string_view name) const;

 private:
  bool prefixed_;
};

}  // namespace octet
