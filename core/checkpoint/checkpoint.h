#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/tensor_file.h"
#include "core/tensor/layer.h"

namespace octet {

/// The published forms of the model, told apart by what the file holds (reference: upstream's tts.py,
/// mtl_tts.py).
enum class Variant {
  chatterbox,  ///< s3gen.safetensors, s3gen.pt
  v3,          ///< without the tokenizer's mel filters and window (nothing else tells it from chatterbox)
  meanflow,    ///< with flow.decoder.estimator.time_embed_mixer
  cosyvoice2,  ///< CosyVoice2's flow.pt or hift.pt: one component, without its prefix or with `generator.`
};

std::string_view to_string(Variant variant);  // "chatterbox", "v3", "meanflow", "cosyvoice2"

/// An S3Gen checkpoint on disk: immutable, held open, checked before use.
/// Opening reads the header (safetensors) or the pickle (.pt), never the weights. They are read from the file
/// that was opened, whatever its path stands for by then, and with an Error(input) when it was written to
/// since.
class Checkpoint {
 public:
  /// Opens a .safetensors file, a .pt state dict, or a checkpoint that Octet exported.
  /// Throws Error(input) naming the file and, where one is to blame, the tensor: unreadable, malformed,
  /// not an S3Gen model, tensors missing or of a wrong shape (all of them listed).
  static std::shared_ptr<const Checkpoint> open(const std::filesystem::path& path);
  virtual ~Checkpoint() = default;

  virtual const std::filesystem::path& path() const = 0;
  virtual std::uint64_t file_bytes() const = 0;
  virtual Variant variant() const = 0;
  /// Layers after weight norm is folded, names as in formats.md.
  virtual const LayerTable& layers() const = 0;
  /// "tokenizer", "speaker_encoder", "flow", "mel2wav": those the file holds, in this order.
  virtual const std::vector<std::string>& components() const = 0;
  /// The safetensors `__metadata__`; empty for .pt.
  virtual const std::map<std::string, std::string>& metadata() const = 0;
  /// Tensors in the file that no layer uses (they are ignored, and said to be). None in Octet's exports:
  /// there opening refuses them, because they would change what a weight means.
  virtual const std::vector<std::string>& unexpected() const = 0;
  /// Tensors upstream's model has and recreates when absent ("tokenizer._mel_filters", "tokenizer.window").
  virtual const std::vector<std::string>& absent() const = 0;
  /// A tensor under its canonical name (component prefix present; weight-norm parts under
  /// "<layer>.parametrizations.weight.original0/1" whatever the file's spelling; scales under
  /// "<layer>.weight_scale"). Throws Error(input) when there is none.
  virtual StoredTensor tensor(std::string_view canonical_name) const = 0;
  virtual bool has(std::string_view canonical_name) const = 0;
  /// SHA-256 of the file that is open, in hex; for an export, that of the original it was made from. Computed
  /// once, then remembered. Throws Error(input) when the file was written to since it was opened.
  virtual std::string source_sha256() const = 0;
  /// Throws Error(input) when the file was written to since it was opened. What is no file never is.
  virtual void check_unchanged() const {}

  /// The layer of this name, or nullptr.
  const Layer* find(std::string_view name) const;
};

}  // namespace octet
