#include "core/study/clips_hash.h"

#include <fmt/format.h>

#include <cstdint>
#include <span>

#include "core/checkpoint/sha256.h"

namespace octet {

std::string hash_of(const std::vector<ComparisonClip>& clips) {
  Sha256 hash;
  const auto add = [&](const auto& values) {
    const std::uint64_t size = values.size();
    hash.update(std::as_bytes(std::span(&size, 1)));
    hash.update(std::as_bytes(std::span(values)));
  };
  for (const auto& [name, request, sound] : clips) {
    add(name);
    add(request.tokens);
    add(request.voice.prompt_token);
    add(request.voice.prompt_feat);
    add(request.voice.embedding);
    add(fmt::format("{} steps, seed {}, generator {}", request.steps, request.seed,
                    static_cast<int>(request.generator)));
    for (const auto& [draw, tensor] : request.noise) {
      add(draw);
      add(tensor.shape);
      std::visit(add, tensor.values);
    }
    if (!sound) continue;
    add(fmt::format("{} channels at {} Hz", sound->channels, sound->sample_rate));
    add(sound->samples);
  }
  return hash.hex();
}

}  // namespace octet
