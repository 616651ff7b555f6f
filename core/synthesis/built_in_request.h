#pragma once

#include "core/synthesis/engine.h"

namespace octet {

/// Speech tokens of so much speech.
int tokens_in(double seconds);

/// Made-up mono sound at 24 kHz: a gliding voice with a breath of noise, always the same.
Sound built_in_sound(double seconds);

/// Fixed ids in a made-up voice: any checkpoint can speak them, well or not. For verification and timing.
/// Throws Error(input) for a checkpoint without flow or mel2wav.
SynthesisRequest built_in_request(const Engine& engine, int prompt_tokens, int tokens);

/// The same as long, of which an engine that keeps stages has none.
void say_other_words(const Engine& engine, SynthesisRequest& request);

}  // namespace octet
