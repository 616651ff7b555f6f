#pragma once

#include <string>
#include <vector>

#include "core/synthesis/request.h"

namespace octet {

/// A voice made fit for a request, and what is to be said about it.
struct CheckedVoice {
  Conditioning voice;
  std::vector<std::string> warnings;  ///< a sentence each that begins with the voice's name
};

/// Pairs a voice's tokens and mel, two frames a token: too many tokens are cut at the end, as upstream's
/// embed_ref cuts them, too many frames likewise (one more is left, as upstream leaves it). And judges what a
/// wrong file shows: prompt_feat that cannot be the natural logarithm of mel magnitudes over 1e-5 (values
/// under that floor or beyond any sound, none under 0, the floor of the decimal logarithm, a middle over -2),
/// or is silence; an embedding of zeros; a prompt shorter than a second. A voice without a prompt is left
/// alone. `name` is what messages call it.
CheckedVoice check_voice(Conditioning voice, const std::string& name);

}  // namespace octet
