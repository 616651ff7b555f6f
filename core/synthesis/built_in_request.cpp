#include "core/synthesis/built_in_request.h"

#include <cmath>
#include <cstdint>
#include <numbers>

#include "core/checkpoint/components.h"
#include "core/s3gen/format.h"

namespace octet {

int tokens_in(double seconds) { return static_cast<int>(std::lround(seconds * s3gen::kTokensPerSecond)); }

Sound built_in_sound(double seconds) {
  constexpr int kHarmonics = 20;
  Sound sound{s3gen::kSampleRate, 1,
              std::vector<float>(static_cast<std::size_t>(seconds * s3gen::kSampleRate))};
  double cycles = 0;
  std::uint32_t noise = 1;
  for (std::size_t i = 0; i < sound.samples.size(); ++i) {
    const auto time = static_cast<double>(i) / s3gen::kSampleRate;
    cycles += (150 + 50 * std::sin(2 * std::numbers::pi * 0.7 * time)) / s3gen::kSampleRate;
    double sum = 0;
    for (int k = 1; k <= kHarmonics; ++k) sum += std::sin(2 * std::numbers::pi * k * cycles) / k;
    noise = noise * 1664525 + 1013904223;  // Knuth's generator
    sum += 0.1 * (static_cast<double>(noise) / 0x80000000u - 1);
    sound.samples[i] = static_cast<float>(0.1 * sum * (1 + std::sin(2 * std::numbers::pi * 3 * time)));
  }
  return sound;
}

SynthesisRequest built_in_request(const Engine& engine, int prompt_tokens, int tokens) {
  require_components(engine.checkpoint(), {"flow", "mel2wav"});
  const auto vocabulary = engine.vocabulary();
  SynthesisRequest request;
  for (std::int64_t i = 0; i < tokens; ++i) request.tokens.push_back((i * 2503 + 17) % vocabulary);
  for (std::int64_t i = 0; i < prompt_tokens; ++i)
    request.voice.prompt_token.push_back((i * 1009 + 5) % vocabulary);
  for (std::int64_t i = 0; i < prompt_tokens * s3gen::kFramesPerToken * s3gen::kMelBands; ++i)
    request.voice.prompt_feat.push_back(-6.0f + static_cast<float>((i * 37) % 50) / 10.0f);
  for (std::int64_t i = 0; i < engine.embedding_width(); ++i)
    request.voice.embedding.push_back(static_cast<float>((i * 29) % 17) - 8.0f);
  return request;
}

void say_other_words(const Engine& engine, SynthesisRequest& request) {
  request.tokens.front() = (request.tokens.front() + 1) % engine.vocabulary();
}

}  // namespace octet
