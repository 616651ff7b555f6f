#include "core/synthesis/working_memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/s3gen/format.h"
#include "core/s3gen/hift.h"
#include "core/s3gen/recorded_rows.h"
#include "core/s3gen/upsample_encoder.h"

namespace octet {
namespace {

constexpr double kFloat = sizeof(float);
constexpr double kScratch = 64e6;  // of libraries, whatever is asked for

std::uint64_t whole(double bytes) {
  constexpr double kBeyondAnyMachine = 1e18;
  return static_cast<std::uint64_t>(std::min(kBeyondAnyMachine, bytes));
}

/// Extents of a layer's first tensor; 0 where the checkpoint lacks the layer.
struct Extents {
  const Checkpoint& checkpoint;

  double operator()(const char* layer, std::size_t axis = 0) const {
    const auto* found = checkpoint.find(layer);
    return static_cast<double>(found ? found->tensors.front().shape.at(axis) : 0);
  }
};

/// Sound at its own rate is resampled; then the spectra are taken. Counted at the allocator, as all here.
double sound_bytes(double seconds, double rate, double spectra_rate) {
  return kFloat * seconds * std::max(8 * rate, 9 * spectra_rate);
}

/// The tokenizer hears 30 s at once, at 25 tokens a second.
double tokenizer_bytes(const Checkpoint& checkpoint, double seconds) {
  constexpr double kHeadWidth = 64;
  const double tokens = std::min(30.0, seconds) * s3gen::kTokensPerSecond;
  const double width = Extents{checkpoint}("tokenizer.encoder.conv1");
  return kFloat * (3 * tokens * tokens * width / kHeadWidth + 24 * tokens * width);
}

/// Of the encoder's layers before it doubles the rate, as a GPU computes with int8 ones: at once, in 16 bits.
double dequantized_bytes(const Checkpoint& checkpoint) {
  std::int64_t elements = 0;
  for (const auto& layer : checkpoint.layers())
    if (layer.name.starts_with("flow.encoder.encoders.") && layer.quantizable())
      elements += layer.parameters();
  return std::min(2 * static_cast<double>(elements),
                  static_cast<double>(s3gen::UpsampleEncoder::kMostDequantized));
}

}  // namespace

std::uint64_t synthesis_bytes(const Checkpoint& checkpoint, std::span<const MelFrames> clips) {
  const Extents extent{checkpoint};
  double longest = 0, samples = 0, all_samples = 0;
  for (const auto& clip : clips) {
    const auto made = static_cast<double>(clip.output) * s3gen::kHop;
    const auto rows =
        s3gen::whole_seconds(clip.prompt + clip.output, s3gen::kFramesPerToken * s3gen::kTokensPerSecond);
    longest = std::max(longest, static_cast<double>(rows));
    samples = std::max(samples, std::min(made, static_cast<double>(s3gen::Hift::kMostAtOnce * s3gen::kHop)));
    all_samples += made;
  }
  const auto batch = static_cast<double>(clips.size()), frames = batch * longest;
  const auto waves = extent("mel2wav.m_source.l_linear", 1);

  // fp32 copies of its widest tensor that each stage holds at its worst moment, counted at the allocator and
  // rounded up (tests/synthesis/test_memory.cpp measures them). Stages follow each other, so the hungriest
  // counts.
  const double estimator = 24 * kFloat * 2 * frames * extent("flow.decoder.estimator.final_block.block.0");
  const double queries = std::min(longest, s3gen::UpsampleEncoder::kScoresAtOnce / (2 * longest));
  const double scores = std::clamp(s3gen::UpsampleEncoder::kScoresAtOnce / (2 * frames * queries), 1.0,
                                   std::max(1.0, extent("flow.encoder.encoders.0.self_attn.pos_bias_u"))) *
                        frames * queries;
  const double encoder = dequantized_bytes(checkpoint) + 5 * kFloat * scores +
                         16 * kFloat * frames * extent("flow.encoder.encoders.0.norm_mha");
  const double source = 10 * kFloat * samples * waves;
  const double vocoder = 12 * kFloat * samples / 4 * extent("mel2wav.conv_pre") / 8;
  // The draws and the mel stay throughout. Sound is made clip by clip, half a minute at once.
  const double always =
      kFloat * all_samples * (waves + 4) + 8 * kFloat * s3gen::kMelBands * frames + kScratch;
  return whole(std::max({estimator, encoder, source, vocoder}) + always);
}

std::uint64_t tokenizing_bytes(const Checkpoint& checkpoint, const Sound& sound) {
  return whole(std::max(sound_bytes(sound.seconds(), sound.sample_rate, s3gen::kListeningRate),
                        tokenizer_bytes(checkpoint, sound.seconds())) +
               kScratch);
}

std::uint64_t conditioning_bytes(const Checkpoint& checkpoint, const Sound& sound, double longest) {
  const double seconds = std::min(longest, sound.seconds());
  constexpr double kBands = s3gen::kMelBands, kFramesPerSecond = 100;
  const double speaker =
      10 * kFloat * Extents{checkpoint}("speaker_encoder.head.conv1") * kBands * kFramesPerSecond * seconds;
  return whole(std::max({sound_bytes(seconds, sound.sample_rate, s3gen::kSampleRate), speaker,
                         tokenizer_bytes(checkpoint, seconds)}) +
               kScratch);
}

void check_memory(Device device, MemoryNeed need, const std::string& work, const std::string& hint) {
  const auto fits = [&](std::uint64_t free) {
    return need.weights <= free && need.working <= free - need.weights;
  };
  if (fits(pooled_bytes(device))) return;
  const auto free = available_bytes(device);
  if (fits(free)) return;
  const auto gigabytes = [](std::uint64_t bytes) { return static_cast<double>(bytes) / 1e9; };
  throw Error(
      ErrorKind::device,
      fmt::format("{} needs about {:.1f} GB of memory on {} ({:.1f} GB for weights that are yet to be "
                  "loaded, {:.1f} GB to compute with); {:.1f} GB are free",
                  work, gigabytes(need.weights) + gigabytes(need.working), to_string(device),
                  gigabytes(need.weights), gigabytes(need.working), gigabytes(free)),
      hint);
}

}  // namespace octet
