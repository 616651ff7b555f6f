#pragma once

#include <span>

namespace octet {

/// Cosine between two speaker embeddings of the same length, -1 … 1, higher is better; the embeddings are
/// those of the model's own speaker encoder (CAM++, before normalization). NaN when one is empty or zero.
/// Requires equal lengths.
double speaker_cosine(std::span<const float> reference, std::span<const float> test);

}  // namespace octet
