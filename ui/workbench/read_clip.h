#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/audio/sound_file.h"
#include "core/metrics/clip_folder.h"
#include "core/synthesis/engine.h"
#include "ui/document/document.h"

namespace octet::ui {

/// A clip ready to be spoken.
struct ReadClip {
  std::vector<std::int64_t> tokens;
  Conditioning voice;
  InjectedNoise noise = {};                     ///< of what was captured, in its own voice
  int steps = 0;                                ///< likewise
  std::shared_ptr<const Sound> original = {};   ///< mono at kSampleRate; none of tokens
  std::shared_ptr<const Sound> recording = {};  ///< the same as it was read
  std::vector<std::string> warnings = {};
};

/// Tokens and voice, by the checkpoint as it is stored, as in `octet compare`: plans are to differ in nothing
/// else. Throws Error(input) for tokens without a voice, and what cannot be read.
ReadClip read_clip(const Engine& engine, const Clip& clip, const Voice& voice, const JobControl& control);

/// Clips to calibrate on or to study, each in its own voice, tokens in the one that is chosen. Throws
/// Error(input) where none can be used.
ClipFolder read_speech(const Engine& engine, const std::vector<Clip>& clips, const Voice& chosen,
                       const JobControl& control);

}  // namespace octet::ui
