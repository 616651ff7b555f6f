#include "core/metrics/signal_pair.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>

namespace octet {
namespace {

constexpr std::int64_t kFramesAtOnce = 4096;

at::Tensor to_tensor(std::span<const float> signal, std::size_t samples) {
  at::Tensor tensor = at::empty({1, static_cast<std::int64_t>(samples)}, at::kDouble);
  std::copy_n(signal.begin(), samples, tensor.data_ptr<double>());
  return tensor;
}

at::Tensor mirror(const at::Tensor& signal, int samples) {
  return samples == 0 ? signal : at::reflection_pad1d(signal, {samples, samples});
}

}  // namespace

SignalPair::SignalPair(std::span<const float> reference, std::span<const float> test)
    : reference(to_tensor(reference, std::min(reference.size(), test.size()))),
      test(to_tensor(test, std::min(reference.size(), test.size()))) {}

void for_each_magnitudes(const SignalPair& pair, const StftFrames& frames, const at::Tensor& window,
                         const std::function<void(const at::Tensor&, const at::Tensor&)>& use) {
  if (pair.samples() <= frames.mirrored || pair.samples() + 2 * std::int64_t{frames.mirrored} < frames.n_fft)
    return;
  const at::Tensor reference = mirror(pair.reference, frames.mirrored);
  const at::Tensor test = mirror(pair.test, frames.mirrored);
  const std::int64_t count = 1 + (reference.size(1) - frames.n_fft) / frames.hop;
  const StftFrames unmirrored{.n_fft = frames.n_fft, .hop = frames.hop, .mirrored = 0};
  for (std::int64_t first = 0; first < count; first += kFramesAtOnce) {
    const std::int64_t last = std::min(first + kFramesAtOnce, count) - 1;
    const std::int64_t begin = first * frames.hop;
    const std::int64_t end = last * frames.hop + frames.n_fft;
    use(stft(reference.slice(1, begin, end), unmirrored, window)[0].abs(),
        stft(test.slice(1, begin, end), unmirrored, window)[0].abs());
  }
}

}  // namespace octet
