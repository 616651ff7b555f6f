#pragma once

#include <filesystem>

#include "core/synthesis/request.h"

namespace octet {

// Tensor files of a request: safetensors or .pt, names and shapes as in docs/cli.md. All throw Error(input)
// naming the file and the tensor.

/// `prompt_token` [1, P], `prompt_feat` [1, F, 80], `embedding` [1, E]; in upstream's conds.pt under `gen.`.
Conditioning read_conditioning(const std::filesystem::path& path);

/// `speech_tokens` [1, N] or the file's only tensor; a .npy array works too.
std::vector<std::int64_t> read_tokens(const std::filesystem::path& path);

/// cfm_noise, noised_mels, sine_phase, sine_noise, source: those that are there.
InjectedNoise read_noise(const std::filesystem::path& path);

/// Writes tensors by name, fp32 and int64, atomically. Throws Error(output).
void write_tensors(const std::filesystem::path& path, const HostTensors& tensors);

/// `voice` as read_conditioning reads it back.
HostTensors to_tensors(const Conditioning& voice);

}  // namespace octet
