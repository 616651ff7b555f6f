#pragma once

#include <ATen/core/Tensor.h>

#include <list>
#include <memory>
#include <mutex>
#include <optional>

#include "core/audio/sound_file.h"
#include "core/dsp/log_mel.h"
#include "core/dsp/resample.h"

namespace octet {

/// Brings sound to a device, and there to the rates and the mel that models take. Filters are made once and
/// kept, those used last. May be used from several threads.
class SoundIntake {
 public:
  explicit SoundIntake(at::Device device) : device_(device) {}

  /// Mean of channels of the first `longest` seconds, fp32 [1, samples]: on the CPU perhaps a view of
  /// `sound`.
  at::Tensor wave(const Sound& sound, double longest) const;
  /// As resample (core/dsp/resample.h).
  at::Tensor at_rate(const at::Tensor& wave, int from_rate, int to_rate);
  /// As prompt_log_mel (core/dsp/log_mel.h).
  at::Tensor prompt_mel(const at::Tensor& wave24);

 private:
  struct Kept {
    int from_rate;
    int to_rate;
    std::shared_ptr<const Resampler> resampler;
  };

  at::Device device_;
  std::mutex mutex_;
  std::optional<PromptLogMel> prompt_log_mel_;
  std::list<Kept> kept_;  ///< used last first
};

}  // namespace octet
