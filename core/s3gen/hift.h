#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/s3gen/f0_predictor.h"
#include "core/s3gen/harmonic_source.h"
#include "core/s3gen/layers.h"
#include "core/s3gen/wave_vocoder.h"

namespace octet::s3gen {

/// HiFTGenerator (chatterbox hifigan.py, https://arxiv.org/abs/2309.09493): mel and source to a waveform.
/// Activations are fp32 in every plan, as the phase that the last layer makes turns with what was rounded
/// before it: bf16 ones cost up to 5 % of the waveform, bf16 weights alone 1 % (docs/architecture.md).
class Hift {
 public:
  /// `scope` is "mel2wav".
  explicit Hift(const Scope& scope);

  /// As F0Predictor. On a GPU that can, this and the next two are WaveVocoder's, unless a probe is to see the
  /// layers.
  at::Tensor f0(const at::Tensor& mel, const Run& run) const;
  /// As HarmonicSource.
  at::Tensor source(const at::Tensor& f0, const SourceNoise& noise, const Run& run) const;
  /// Of the source: harmonics above f0, plus one.
  std::int64_t waves() const { return source_.waves(); }

  using Between = std::function<void(double share)>;

  /// Frames decoded at once, half a minute.
  static constexpr std::int64_t kMostAtOnce = WaveVocoder::kMostFrames;
  /// How far from a sample what makes it may lie, in frames.
  std::int64_t reach() const { return reach_; }

  /// mel: fp32 [1, 80, frames]; source: fp32 [1, 1, 480 * frames] -> fp32 [1, 480 * frames] within ±0.99.
  /// `between` is called between parts of the work, with the share that is done, 0 to less than 1; it may
  /// throw to cancel. More than `at_once` frames
  /// are decoded in windows of so many, which overlap by what a sample hears on both sides: minutes take no
  /// more memory, and the sound is the whole's but for the order of sums.
  at::Tensor decode(const at::Tensor& mel, const at::Tensor& source, const Run& run, const Between& between,
                    std::int64_t at_once = kMostAtOnce) const;

 private:
  struct ResBlock {
    explicit ResBlock(const Scope& scope);
    at::Tensor operator()(at::Tensor x, const Run& run) const;
    std::int64_t reach() const;  ///< in rows

    std::vector<Snake> snakes1;
    std::vector<Conv1d> convs1;
    std::vector<Snake> snakes2;
    std::vector<Conv1d> convs2;
  };

  struct Upsampling {
    ConvTranspose1d up;
    Conv1d source_down;
    ResBlock source_block;
    std::vector<ResBlock> blocks;
  };

  at::Tensor decode_at_once(const at::Tensor& mel, const at::Tensor& source, const Run& run,
                            const Between& between) const;
  std::int64_t measured_reach() const;
  /// Whether WaveVocoder has these shapes.
  bool fits_rows() const;
  WaveVocoder::Parts parts() const;

  F0Predictor f0_predictor_;
  HarmonicSource source_;
  Conv1d conv_pre_;
  std::vector<Upsampling> stages_;
  Conv1d conv_post_;
  std::int64_t reach_;
  std::unique_ptr<const WaveVocoder> wave_;
};

/// Silences the first 20 ms and fades the next 20 ms in, as upstream does against spill-over from the
/// reference. waveform: fp32 [1, samples] at 24 kHz; shorter than 40 ms: only the part of the fade that fits.
at::Tensor fade_in(const at::Tensor& waveform);

}  // namespace octet::s3gen
