#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/synthesis/request.h"

namespace octet {

// Tensor files of a request: safetensors or .pt, names and shapes as in docs/cli.md. All throw Error(input)
// naming the file and the tensor.

/// The voice of a conditioning file, and sentences about what else is in it.
struct VoiceFile {
  Conditioning voice;
  std::vector<std::string> notices;
};

/// `prompt_token` [1, P], `prompt_feat` [1, F, 80], `embedding` [1, E], in upstream's conds.pt under `gen.`;
/// or CosyVoice2's `flow_prompt_speech_token`, `prompt_speech_feat`, `flow_embedding` of the only speaker of
/// a spk2info.pt.
VoiceFile read_conditioning(const std::filesystem::path& path);

/// cfm_noise, noised_mels, sine_phase, sine_noise, source: those that are there; others are refused.
InjectedNoise read_noise(const std::filesystem::path& path);

/// Writes tensors by name, fp32 and int64, atomically. Throws Error(output).
void write_tensors(const std::filesystem::path& path, const HostTensors& tensors);

/// Writes `voice` as read_conditioning reads it back, atomically: where the name ends in .pt, as Chatterbox
/// saves its Conditionals (`gen`, upstream's embed_ref; without `t3`), else as safetensors. Throws
/// Error(output).
void write_conditioning(const std::filesystem::path& path, const Conditioning& voice);

/// Whether write_conditioning takes that name for Chatterbox's.
bool is_conds_pt(const std::filesystem::path& path);

/// `voice` as read_conditioning reads it back.
HostTensors to_tensors(const Conditioning& voice);

}  // namespace octet
