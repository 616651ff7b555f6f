#include "core/synthesis/request_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/s3gen/format.h"

namespace octet {

void check_request(const SynthesisRequest& request, std::int64_t vocabulary, std::int64_t embedding_width) {
  const auto check_ids = [&](const std::vector<std::int64_t>& ids, const char* what) {
    for (std::size_t i = 0; i < ids.size(); ++i)
      if (ids[i] < 0 || ids[i] >= vocabulary)
        throw Error(
            ErrorKind::input,
            fmt::format("{} {} at position {} is outside the vocabulary of {}", what, ids[i], i, vocabulary),
            "6561 and 6562 mark begin and end in most T3 outputs: --drop-invalid drops them");
  };
  check_ids(request.tokens, "speech token");
  check_ids(request.voice.prompt_token, "prompt token");
  if (request.tokens.empty()) throw Error(ErrorKind::input, "there are no speech tokens");
  if (request.steps < 0 || request.steps > 50)
    throw Error(ErrorKind::usage, fmt::format("{} Euler steps; 1 to 50 are possible", request.steps));
  const auto& voice = request.voice;
  if (voice.prompt_feat.size() % s3gen::kMelBands != 0)
    throw Error(ErrorKind::input, fmt::format("prompt_feat has {} values, not a multiple of {}",
                                              voice.prompt_feat.size(), s3gen::kMelBands));
  if (static_cast<std::int64_t>(voice.embedding.size()) != embedding_width)
    throw Error(ErrorKind::input,
                fmt::format("the voice's embedding has {} values; this checkpoint's have {}",
                            voice.embedding.size(), embedding_width));
  const auto prompt_frames = prompt_frames_of(request);
  const auto paired = s3gen::kFramesPerToken * static_cast<std::int64_t>(voice.prompt_token.size());
  if (prompt_frames != paired && prompt_frames != paired + 1)
    throw Error(ErrorKind::input,
                fmt::format("prompt_feat has {} frames, where the {} prompt tokens pair with {}",
                            prompt_frames, voice.prompt_token.size(), paired),
                "cut the longer of the two: a token is two frames");
  const auto check_finite = [](const std::vector<float>& values, const std::string& what) {
    if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
      throw Error(ErrorKind::input, what + " holds values that are not finite");
  };
  check_finite(voice.prompt_feat, "prompt_feat");
  check_finite(voice.embedding, "embedding");
  for (const auto& [name, tensor] : request.noise)
    if (const auto* values = std::get_if<std::vector<float>>(&tensor.values))
      check_finite(*values, "noise tensor " + name);
  const Shape source{1, 1, (frames_of(request) - prompt_frames) * s3gen::kHop};
  if (const auto given = request.noise.find("source");
      given != request.noise.end() &&
      (given->second.shape != source || !std::holds_alternative<std::vector<float>>(given->second.values)))
    throw Error(ErrorKind::input, fmt::format("noise tensor source is {}; this request needs fp32 {}",
                                              fmt::join(given->second.shape, "x"), fmt::join(source, "x")));
}

std::int64_t prompt_frames_of(const SynthesisRequest& request) {
  return static_cast<std::int64_t>(request.voice.prompt_feat.size()) / s3gen::kMelBands;
}

std::int64_t frames_of(const SynthesisRequest& request) {
  return s3gen::kFramesPerToken *
         static_cast<std::int64_t>(request.voice.prompt_token.size() + request.tokens.size());
}

}  // namespace octet
