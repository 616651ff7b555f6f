#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/synthesis/request.h"

namespace octet {

// What octet_s3gen.capture keeps of a running chatterbox: a folder for each utterance, with its tokens, voice
// and draws as tensor files, and capture.json, which has the arguments of `octet synth` that take them.

/// An utterance, as it was spoken.
struct CapturedUtterance {
  std::string name;          ///< the folder's
  SynthesisRequest request;  ///< tokens, voice, draws and steps
  bool meanflow = false;     ///< whether a meanflow model spoke it
  std::vector<std::string> notices;
};

/// Whether a folder is one utterance. False for what is no folder.
bool is_captured_utterance(const std::filesystem::path& folder);

/// The folders of utterances in a folder, numbers first, in their order; itself where it is one. None where
/// it holds none, or is no folder. Throws Error(input) when it cannot be read.
std::vector<std::filesystem::path> captured_utterances(const std::filesystem::path& folder);

/// The files that capture.json names, it first. Throws Error(input) as read_captured does.
std::vector<std::filesystem::path> files_of_captured(const std::filesystem::path& folder);

/// Throws Error(input) naming the file: one that cannot be read, or arguments that are none of capture's.
CapturedUtterance read_captured(const std::filesystem::path& folder);

}  // namespace octet
