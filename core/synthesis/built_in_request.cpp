#include "core/synthesis/built_in_request.h"

#include <cmath>

#include "core/checkpoint/components.h"
#include "core/s3gen/format.h"

namespace octet {

int tokens_in(double seconds) { return static_cast<int>(std::lround(seconds * s3gen::kTokensPerSecond)); }

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

}  // namespace octet
