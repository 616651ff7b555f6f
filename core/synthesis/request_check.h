#pragma once

#include <cstdint>

#include "core/synthesis/request.h"

namespace octet {

/// Whether a checkpoint that knows `vocabulary` tokens and speaker embeddings of `embedding_width` values can
/// speak this. A prompt's mel pairs with its tokens (F is 2 P or 2 P + 1): else upstream's model speaks the
/// rest of the prompt, or swallows the beginning. Throws Error(input) naming what is wrong, Error(usage) for
/// a number of steps out of range. Shapes of noise but `source` are checked where it is drawn
/// (core/synthesis/noise.h).
void check_request(const SynthesisRequest& request, std::int64_t vocabulary, std::int64_t embedding_width);

/// Mel frames of a request's prompt, and those of prompt and output.
std::int64_t prompt_frames_of(const SynthesisRequest& request);
std::int64_t frames_of(const SynthesisRequest& request);

}  // namespace octet
