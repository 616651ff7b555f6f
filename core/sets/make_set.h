#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/sets/reference_set.h"

namespace octet {

/// What is the same for all clips of a new set.
struct SetFacts {
  std::string name, speaker, language, licence;
};

/// A set of the sounds and captured utterances in a folder, by name. Its tags are those that can be measured:
/// "long" from 10 s on, "quiet" below an RMS level of -35 dBFS. Throws Error(input) naming what cannot be
/// read, and where there is nothing.
ReferenceSet describe_folder(const std::filesystem::path& folder, const SetFacts& facts);

/// A quiet (a tenth of the amplitude, -20 dB) and a fast (core/dsp/time_stretch.h, 1.25 times the speed)
/// variant of each sound that is no variant itself and not so already, written beside it as STEM.quiet.wav
/// and STEM.fast.wav, mono. Gives the set with them. Throws Error(usage) where a file is in the way, before
/// anything is written, and Error(output).
ReferenceSet with_variants(const std::filesystem::path& folder, const ReferenceSet& set);

/// Names of sounds in the folder that the set does not have.
std::vector<std::string> not_described(const std::filesystem::path& folder, const ReferenceSet& set);

}  // namespace octet
