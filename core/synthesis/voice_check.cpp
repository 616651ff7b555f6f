#include "core/synthesis/voice_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/s3gen/format.h"

namespace octet {
namespace {

constexpr std::size_t kMelBands = s3gen::kMelBands;
constexpr std::size_t kTokensPerSecond = s3gen::kTokensPerSecond;

// Of core/dsp/log_mel.h's natural logarithm: its floor log(1e-5), rounded outwards also for bf16, and more
// than a full-scale sound reaches (the demo voices have 1.5 at most, 0.4 in 99 of 100 values, -5 in the
// middle).
constexpr float kFloor = -11.6f;
constexpr float kMost = 6.0f;
constexpr float kLeastMiddle = -11.0f;  // of a prompt in which anything is said
constexpr float kMostMiddle = -2.0f;    // a mel scaled to -1 … 1 has its middle over this
constexpr float kDecimalFloor = -5.0f;  // of log10

std::string pair(Conditioning& voice) {
  const auto frames = voice.prompt_feat.size() / kMelBands;
  const auto tokens = voice.prompt_token.size();
  if (frames == 2 * tokens || frames == 2 * tokens + 1) return {};
  const auto said = fmt::format("prompt_feat has {} frames, the {} prompt tokens pair with {}: ", frames,
                                tokens, 2 * tokens);
  if (frames < 2 * tokens) {
    voice.prompt_token.resize(frames / 2);
    return said + fmt::format("the last {} tokens are left out", tokens - frames / 2);
  }
  voice.prompt_feat.resize(2 * tokens * kMelBands);
  return said + fmt::format("the last {} frames are left out", frames - 2 * tokens);
}

/// What is wrong with the values of a mel; empty when nothing is.
std::string doubt_of_mel(std::vector<float> values) {
  const auto [least, most] = std::ranges::minmax(values);
  const auto half = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, half);
  const float middle = *half;
  const auto range = fmt::format(
      "prompt_feat lies between {:.2f} and {:.2f}, half of it under {:.2f}: ", least, most, middle);
  constexpr auto kWanted =
      "; wanted is the natural logarithm of mel magnitudes, not under log(1e-5) = -11.51";
  if (least < kFloor) return range + "it is of another scale (decibels?)" + kWanted;
  if (std::abs(least - kDecimalFloor) < 0.03f) return range + "the logarithm is decimal" + kWanted;
  if (least >= 0) return range + "no logarithm was taken" + kWanted;
  if (most > kMost) return range + "it is of another scale" + kWanted;
  if (middle > kMostMiddle) return range + "another logarithm, or another scale" + kWanted;
  if (middle < kLeastMiddle) return range + "the prompt is silent";
  return {};
}

}  // namespace

CheckedVoice check_voice(Conditioning voice, const std::string& name) {
  CheckedVoice checked{std::move(voice), {}};
  const auto warn = [&](const std::string& what) {
    if (!what.empty()) checked.warnings.push_back(name + ": " + what);
  };
  warn(pair(checked.voice));
  const auto& [tokens, mel, embedding] = checked.voice;
  if (!mel.empty()) warn(doubt_of_mel(mel));
  if (!tokens.empty() && tokens.size() < kTokensPerSecond)
    warn(fmt::format("the prompt is {:.2f} s long; under a second, a voice is hardly met",
                     static_cast<double>(tokens.size()) / kTokensPerSecond));
  if (!embedding.empty() && std::ranges::all_of(embedding, [](float value) { return value == 0; }))
    warn("the speaker embedding is all zeros: it is nobody's voice");
  return checked;
}

}  // namespace octet
