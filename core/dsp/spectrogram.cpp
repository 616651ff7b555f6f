#include "core/dsp/spectrogram.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/dsp/stft.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

constexpr std::int64_t kFramesAtOnce = 1024;

}  // namespace

Spectrogram spectrogram(std::span<const float> sound, int sample_rate, const SpectrogramSettings& settings,
                        const JobControl& control) try {
  const auto samples = static_cast<std::int64_t>(sound.size());
  const std::int64_t frames = samples == 0 ? 0 : samples / settings.hop + 1;
  Spectrogram result;
  result.bins = settings.n_fft / 2 + 1;
  result.frames = static_cast<int>(frames);
  result.seconds_per_frame = static_cast<double>(settings.hop) / sample_rate;
  result.hz_per_bin = static_cast<double>(sample_rate) / settings.n_fft;
  result.db.resize(static_cast<std::size_t>(frames * result.bins));

  const at::Tensor window = at::hann_window(settings.n_fft, at::kFloat);
  const double full_scale = window.sum().item<double>() / 2;  // magnitude of a sine of amplitude 1
  const double quietest = std::pow(10.0, settings.floor_db / 20.0);
  for (std::int64_t first = 0; first < frames; first += kFramesAtOnce) {
    control.at({"spectrogram", static_cast<int>(first), result.frames});
    const std::int64_t count = std::min(kFramesAtOnce, frames - first);
    at::Tensor piece = at::zeros({1, (count - 1) * settings.hop + settings.n_fft}, at::kFloat);
    const std::int64_t start = first * settings.hop - settings.n_fft / 2;  // in the sound; may lie before it
    const std::int64_t from = std::max<std::int64_t>(start, 0);
    const std::int64_t to = std::min(start + piece.size(1), samples);
    std::copy(sound.begin() + from, sound.begin() + to, piece.data_ptr<float>() + (from - start));

    const StftFrames unmirrored{.n_fft = settings.n_fft, .hop = settings.hop, .mirrored = 0};
    const at::Tensor levels = (stft(piece, unmirrored, window)[0].abs() / full_scale)
                                  .clamp_min(quietest)
                                  .log10()
                                  .mul(20)
                                  .t()
                                  .contiguous();
    std::copy_n(levels.data_ptr<float>(), levels.numel(), result.db.begin() + first * result.bins);
  }
  return result;
} catch (...) {
  rethrow_as_error();
}

Spectrogram difference(const Spectrogram& reference, const Spectrogram& test) {
  if (reference.bins != test.bins || reference.seconds_per_frame != test.seconds_per_frame ||
      reference.hz_per_bin != test.hz_per_bin)
    throw Error(ErrorKind::usage, "these spectrograms have frames or bins of different width");
  const Spectrogram& shorter = reference.frames < test.frames ? reference : test;
  Spectrogram result = shorter;
  std::transform(test.db.begin(), test.db.begin() + static_cast<std::ptrdiff_t>(shorter.db.size()),
                 reference.db.begin(), result.db.begin(), std::minus<>());
  return result;
}

std::optional<float> level_at(const Spectrogram& spectrogram, double seconds, double hz) {
  const double frame = std::round(seconds / spectrogram.seconds_per_frame);
  const double bin = std::round(hz / spectrogram.hz_per_bin);
  if (!(frame >= 0 && frame < spectrogram.frames && bin >= 0 && bin < spectrogram.bins)) return {};
  return spectrogram.frame(static_cast<int>(frame))[static_cast<std::size_t>(bin)];
}

}  // namespace octet
