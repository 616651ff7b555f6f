#pragma once

#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"

namespace octet {

bool has_component(const Checkpoint& checkpoint, const std::string& component);

/// Throws Error(input) for a part of CosyVoice2: no speech is made from it.
void require_speech(const Checkpoint& checkpoint);

/// Throws Error(input) naming the first of `components` that the file lacks.
void require_components(const Checkpoint& checkpoint, const std::vector<std::string>& components);

}  // namespace octet
