#include "core/synthesis/working_memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/s3gen/harmonic_source.h"
#include "core/s3gen/upsample_encoder.h"

namespace octet {

std::uint64_t working_bytes(const Checkpoint& checkpoint, std::int64_t prompt_frames,
                            std::int64_t output_frames) {
  const auto extent = [&](const char* layer, std::size_t axis = 0) {
    const auto* found = checkpoint.find(layer);
    return static_cast<double>(found ? found->tensors.front().shape.at(axis) : 0);
  };
  constexpr double kFloat = sizeof(float);
  const auto frames = static_cast<double>(prompt_frames + output_frames);
  const auto samples = static_cast<double>(output_frames) * s3gen::HarmonicSource::kHop;
  const auto waves = extent("mel2wav.m_source.l_linear", 1);

  // fp32 copies of its widest tensor that each stage holds at its worst moment, counted at the allocator and
  // rounded up (tests/synthesis/test_memory.cpp measures them). Stages follow each other, so the hungriest
  // counts.
  const double estimator = 24 * kFloat * 2 * frames * extent("flow.decoder.estimator.final_block.block.0");
  const double scores = std::clamp(s3gen::UpsampleEncoder::kScoresAtOnce / (2 * frames * frames), 1.0,
                                   std::max(1.0, extent("flow.encoder.encoders.0.self_attn.pos_bias_u"))) *
                        frames * frames;
  const double encoder =
      5 * kFloat * scores + 16 * kFloat * frames * extent("flow.encoder.encoders.0.norm_mha");
  const double source = 10 * kFloat * samples * waves;
  const double vocoder = 12 * kFloat * samples / 4 * extent("mel2wav.conv_pre") / 8;
  // The draws and the mel stay throughout; libraries keep scratch of their own.
  const double always = kFloat * samples * (waves + 4) + 8 * kFloat * 80 * frames + 64e6;
  constexpr double kBeyondAnyMachine = 1e18;
  return static_cast<std::uint64_t>(
      std::min(kBeyondAnyMachine, std::max({estimator, encoder, source, vocoder}) + always));
}

void check_memory(const Checkpoint& checkpoint, Device device, std::int64_t prompt_frames,
                  std::int64_t output_frames) {
  const auto needed = working_bytes(checkpoint, prompt_frames, output_frames);
  if (const auto free = available_bytes(device); needed > free)
    throw Error(ErrorKind::device,
                fmt::format("synthesizing {:.1f} s needs about {:.1f} GB of memory on {}; {:.1f} GB are free",
                            static_cast<double>(output_frames) / 50, static_cast<double>(needed) / 1e9,
                            to_string(device), static_cast<double>(free) / 1e9),
                "synthesize fewer tokens at once");
}

}  // namespace octet
