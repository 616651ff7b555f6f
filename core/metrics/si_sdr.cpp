#include "core/metrics/si_sdr.h"

#include <ATen/ATen.h>

#include "core/metrics/decibel_ratio.h"
#include "core/metrics/signal_pair.h"

namespace octet {

double scale_invariant_sdr(std::span<const float> reference, std::span<const float> test, int) {
  const SignalPair pair(reference, test);
  if (pair.samples() == 0) return kUndefined;
  const at::Tensor r = pair.reference - pair.reference.mean(), t = pair.test - pair.test.mean();
  const auto energy = [](const at::Tensor& signal) { return signal.pow(2).sum().item<double>(); };
  const double power = energy(r);
  if (power <= 0 || energy(t) <= 0) return kUndefined;
  const at::Tensor target = r * ((r * t).sum() / power);
  // Where they have nothing in common, all of the test is distortion.
  const double kept = energy(target);
  return kept > 0 ? decibel_ratio(kept, energy(t - target)) : -decibel_ratio(1, 0);
}

}  // namespace octet
