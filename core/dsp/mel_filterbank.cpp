#include "core/dsp/mel_filterbank.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "core/dsp/mel_scale.h"

namespace octet {

at::Tensor mel_filterbank(const MelBands& bands) {
  const double low = hz_to_mel(bands.f_min);
  const double high = hz_to_mel(bands.f_max.value_or(bands.sample_rate / 2.0));
  const double step = (high - low) / (bands.count + 1);
  std::vector<double> edges(static_cast<std::size_t>(bands.count) + 2);
  for (std::size_t i = 0; i < edges.size(); ++i) edges[i] = mel_to_hz(static_cast<double>(i) * step + low);
  edges.back() = mel_to_hz(high);

  const int bins = bands.n_fft / 2 + 1;
  const double hz_per_bin = 1.0 / (bands.n_fft * (1.0 / bands.sample_rate));
  at::Tensor filters = at::zeros({bands.count, bins}, at::kFloat);
  auto filter = filters.accessor<float, 2>();
  for (int band = 0; band < bands.count; ++band) {
    const double* edge = &edges[static_cast<std::size_t>(band)];
    const double area = 2.0 / (edge[2] - edge[0]);
    for (int bin = 0; bin < bins; ++bin) {
      const double hz = bin * hz_per_bin;
      const double rising = (hz - edge[0]) / (edge[1] - edge[0]);
      const double falling = (edge[2] - hz) / (edge[2] - edge[1]);
      // librosa rounds the triangle to fp32 before it scales it.
      const auto height = static_cast<float>(std::max(0.0, std::min(rising, falling)));
      filter[band][bin] = static_cast<float>(height * area);
    }
  }
  return filters;
}

}  // namespace octet
