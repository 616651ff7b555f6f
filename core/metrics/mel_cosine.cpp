#include "core/metrics/mel_cosine.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/dsp/log_mel.h"
#include "core/dsp/resample.h"
#include "core/metrics/signal_pair.h"
#include "core/s3gen/format.h"

namespace octet {

double mel_cosine(std::span<const float> reference, std::span<const float> test, int sample_rate) {
  constexpr int kRate = s3gen::kSampleRate;
  const SignalPair pair(reference, test);
  if (pair.samples() * kRate <= std::int64_t{720} * sample_rate) return kUndefined;
  const auto features = [&](const at::Tensor& signal) {
    const at::Tensor at_rate = resample(signal.to(at::kFloat), sample_rate, kRate);
    const at::Tensor above_floor = prompt_log_mel(at_rate).to(at::kDouble) - std::log(1e-5);
    return at::threshold(above_floor, 1e-4, 0).flatten();  // the floor itself is rounded
  };
  const at::Tensor r = features(pair.reference);
  const at::Tensor t = features(pair.test);
  const double lengths = (r.norm() * t.norm()).item<double>();
  return lengths > 0 ? at::dot(r, t).item<double>() / lengths : kUndefined;
}

}  // namespace octet
