#include "core/metrics/alignment.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/torch_errors.h"

namespace octet {
namespace {

constexpr int kSeconds = 2;
constexpr std::int64_t kWidth = 1 << 20;  // samples of a transform, so that memory does not grow with length
constexpr double kGain = 0.5;

/// fp64 [samples], its mean taken off.
at::Tensor centred(std::span<const float> signal) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(signal.size())}, at::kDouble);
  std::copy(signal.begin(), signal.end(), tensor.data_ptr<double>());
  return tensor - tensor.mean();
}

std::int64_t size(const at::Tensor& signal) { return signal.size(0); }

/// signal[from, to), zeros where it has no samples.
at::Tensor padded_part(const at::Tensor& signal, std::int64_t from, std::int64_t to) {
  const auto begin = std::clamp<std::int64_t>(from, 0, size(signal));
  const auto end = std::clamp<std::int64_t>(to, begin, size(signal));
  return at::constant_pad_nd(signal.slice(0, begin, end), {begin - from, to - end});
}

/// The next power of two, which transforms are quickest for.
std::int64_t power_of_two(std::int64_t least) {
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(least)));
}

/// sum over n of r[n] t[n + lag], for lags from -most to most. [2 most + 1]
at::Tensor cross_correlation(const at::Tensor& r, const at::Tensor& t, std::int64_t most) {
  at::Tensor sum = at::zeros({2 * most + 1}, at::kDouble);
  const auto width = power_of_two(std::min(size(r) + 2 * most, std::max(kWidth, 8 * most)));
  const auto block = width - 2 * most;
  for (std::int64_t begin = 0; begin < size(r); begin += block) {
    const auto end = std::min(begin + block, size(r));
    const auto spectrum_r = at::fft_rfft(r.slice(0, begin, end), width);
    const auto spectrum_t = at::fft_rfft(padded_part(t, begin - most, end + most), width);
    sum += at::fft_irfft(spectrum_r.conj() * spectrum_t, width).slice(0, 0, 2 * most + 1);
  }
  return sum;
}

/// Correlation of the common part at a lag, -1 … 1.
double correlation_at(const at::Tensor& r, const at::Tensor& t, std::int64_t lag) {
  const auto begin = std::max<std::int64_t>(0, -lag);
  const auto common = std::min(size(r) - begin, size(t) - begin - lag);
  if (common < 2) return 0;
  const auto a = r.slice(0, begin, begin + common), b = t.slice(0, begin + lag, begin + lag + common);
  const double norms = (a.norm() * b.norm()).item<double>();
  return norms > 0 ? at::dot(a, b).item<double>() / norms : 0;
}

double unexplained(double correlation) { return 1 - std::pow(std::max(0.0, correlation), 2); }

}  // namespace

std::optional<Alignment> find_alignment(std::span<const float> reference, std::span<const float> test,
                                        int sample_rate) try {
  if (reference.size() < 2 || test.size() < 2) return {};
  const auto r = centred(reference), t = centred(test);
  const auto most = std::min<std::int64_t>({std::int64_t{kSeconds} * sample_rate, size(r) - 1, size(t) - 1});
  const auto products = cross_correlation(r, t, most);
  const auto lag = products.abs().argmax().item<std::int64_t>() - most;
  const auto found = correlation_at(r, t, lag);
  const Alignment best{lag, found < 0, std::min(1.0, std::abs(found))};
  if (lag == 0 && !best.inverted) return {};
  if (unexplained(best.correlation) > kGain * unexplained(correlation_at(r, t, 0))) return {};
  return best;
} catch (...) {
  rethrow_as_error();
}

}  // namespace octet
