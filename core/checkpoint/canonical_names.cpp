#include "core/checkpoint/canonical_names.h"

#include <algorithm>
#include <array>

#include "core/checkpoint/schema.h"

namespace octet {
namespace {

std::string_view without_wrappers(std::string_view name) {
  constexpr std::array<std::string_view, 8> kWrappers{
      "model_state_dict.", "state_dict.", "model.", "module.", "_orig_mod.", "s3gen.", "ema.", "ema_model."};
  for (;;) {
    const auto wrapper =
        std::ranges::find_if(kWrappers, [&](std::string_view text) { return name.starts_with(text); });
    if (wrapper == kWrappers.end()) return name;
    name.remove_prefix(wrapper->size());
  }
}

std::string with_component(std::string_view name) {
  // The length regulator is CosyVoice 1's, which is told by it.
  constexpr std::array<std::string_view, 6> kFlow{"input_embedding.", "spk_embed_affine_layer.",
                                                  "encoder.",         "encoder_proj.",
                                                  "decoder.",         "length_regulator."};
  constexpr std::array<std::string_view, 8> kMel2wav{"conv_pre.",         "ups.",         "source_downs.",
                                                     "source_resblocks.", "resblocks.",   "conv_post.",
                                                     "m_source.",         "f0_predictor."};
  constexpr std::string_view kGenerator = "generator.";
  const auto begins = [&](std::string_view prefix) { return name.starts_with(prefix); };
  if (begins(kGenerator)) return "mel2wav." + std::string(name.substr(kGenerator.size()));
  if (std::ranges::any_of(kFlow, begins)) return "flow." + std::string(name);
  if (std::ranges::any_of(kMel2wav, begins)) return "mel2wav." + std::string(name);
  return std::string(name);
}

std::string with_current_weight_norm(std::string name) {
  constexpr std::string_view kOldMagnitude = ".weight_g";
  constexpr std::string_view kOldDirection = ".weight_v";
  if (name.ends_with(kOldMagnitude))
    return name.substr(0, name.size() - kOldMagnitude.size()).append(kMagnitude);
  if (name.ends_with(kOldDirection))
    return name.substr(0, name.size() - kOldDirection.size()).append(kDirection);
  return name;
}

}  // namespace

bool begins_with_component(std::string_view name) {
  return std::ranges::any_of(kComponents, [&](std::string_view component) {
    return name.starts_with(component) && name.substr(component.size()).starts_with('.');
  });
}

CanonicalNames::CanonicalNames(const std::vector<std::string>& names)
    : prefixed_(std::ranges::any_of(
          names, [](const std::string& name) { return begins_with_component(without_wrappers(name)); })) {}

std::string CanonicalNames::of(std::string_view name) const {
  const auto bare = without_wrappers(name);
  auto full = prefixed_ ? std::string(bare) : with_component(bare);
  return begins_with_component(full) ? with_current_weight_norm(std::move(full)) : std::string(name);
}

}  // namespace octet
