#include "core/synthesis/sound_intake.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace octet {
namespace {

constexpr std::size_t kMostKept = 8;
constexpr std::uint64_t kMostBytes = std::uint64_t{1}
                                     << 22;  // of rates that hardly share a divisor: not kept

}  // namespace

at::Tensor SoundIntake::wave(const Sound& sound, double longest) const {
  const auto frames = std::min(static_cast<double>(sound.frames()), std::floor(longest * sound.sample_rate));
  const auto samples = at::from_blob(const_cast<float*>(sound.samples.data()),
                                     {static_cast<std::int64_t>(frames), sound.channels}, at::kFloat)
                           .to(device_);
  return (sound.channels == 1 ? samples.squeeze(1) : samples.mean(1)).unsqueeze(0);
}

at::Tensor SoundIntake::at_rate(const at::Tensor& wave, int from_rate, int to_rate) {
  const auto resampler = [&] {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find_if(
        kept_, [&](const Kept& one) { return one.from_rate == from_rate && one.to_rate == to_rate; });
    if (found != kept_.end()) {
      kept_.splice(kept_.begin(), kept_, found);
      return found->resampler;
    }
    auto made = std::make_shared<const Resampler>(from_rate, to_rate, device_);
    if (made->bytes() <= kMostBytes) {
      kept_.push_front({from_rate, to_rate, made});
      if (kept_.size() > kMostKept) kept_.pop_back();
    }
    return made;
  }();
  return (*resampler)(wave);
}

at::Tensor SoundIntake::prompt_mel(const at::Tensor& wave24) {
  {
    const std::lock_guard lock(mutex_);
    if (!prompt_log_mel_) prompt_log_mel_.emplace(device_);
  }
  return (*prompt_log_mel_)(wave24);
}

}  // namespace octet
