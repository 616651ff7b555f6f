#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace octet {

/// The speech tokens of a file, and sentences about what else is in it.
struct TokenFile {
  std::vector<std::int64_t> tokens;
  std::vector<std::string> notices;
};

/// Reads speech tokens, whichever form their bytes have: safetensors or .pt (`speech_tokens` [N] or [1, N] of
/// any integer type, or the file's only tensor; in a .pt also its only list of integers, as CosyVoice's
/// utt2speech_token.pt of one utterance), a NumPy array, a JSON list (alone, or under `speech_tokens`), or a
/// text of numbers between spaces, commas and line ends. "-" is standard input. Throws Error(input) naming
/// the file.
TokenFile read_tokens(const std::filesystem::path& path);

}  // namespace octet
