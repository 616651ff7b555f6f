#include "core/synthesis/hearing_checks.h"

#include <fmt/format.h>

#include "core/dsp/resample.h"
#include "core/ops/hearing_ops.h"
#include "core/synthesis/kernel_checks.h"

namespace octet {

void check_hearing(at::Device device, Draws& draws, std::vector<SelfCheck>& checks) {
  const auto compare = [&](const std::string& what, double bound, const auto& work) {
    checks.push_back(
        {"hearing: " + what, relative_distance(work(device), work(at::Device(at::kCPU))), bound});
  };
  const auto normal = [&](const Shape& shape) { return draws.normal(shape, at::kFloat); };
  for (const int rows : {1, 77, 250}) {
    const auto x = normal({rows, 192}), y = normal({rows, 192}), cosines = normal({rows, 32}),
               sines = normal({rows, 32}), taps = normal({31, 192}), shift = normal({192});
    const auto halves = [](const at::Tensor& half) { return at::cat({half, half}, 1); };
    compare(fmt::format("rotary positions of {} rows", rows), 1e-6, [&](at::Device where) {
      return rotated(x.to(where), halves(cosines).to(where), halves(sines).to(where));
    });
    compare(fmt::format("memory of {} rows", rows), 1e-6, [&](at::Device where) {
      return remembered(x.to(where), taps.to(where), 15, y.to(where), shift.to(where));
    });
    compare(fmt::format("scaled relu of columns of {} rows", rows), 1e-6, [&](at::Device where) {
      return scaled_relu(x.to(where).slice(1, 0, 136), shift.to(where).slice(0, 0, 136),
                         shift.to(where).slice(0, 3, 139));
    });
  }
  for (const int rows : {2, 77, 500})
    for (const WindowExtents& window :
         {WindowExtents{.taps = 3, .stride = 2, .lead = 1}, WindowExtents{.taps = 5, .stride = 2, .lead = 2},
          WindowExtents{.taps = 3, .dilation = 2, .lead = 2}}) {
      const auto x = normal({rows, 24}), planes = normal({7, rows, 4});
      compare(fmt::format("{} taps {} apart over {} rows, bytes", window.taps, window.dilation, rows), 0,
              [&](at::Device where) { return row_windows(x.to(where), window); });
      compare(fmt::format("planes, {} taps {} apart over {} rows, bytes", window.taps, window.dilation, rows),
              0, [&](at::Device where) {
                return plane_windows(planes.to(where), {.taps = 3, .stride = 2, .lead = 1}, window);
              });
    }
  for (const int rows : {1, 63, 65, 200})
    for (const int stride : {1, 2}) {
      const auto x = normal({5, rows, 32}), weight = normal({3, 3, 32, 32}), bias = normal({32}),
                 residual = normal({stride == 1 ? 5 : 3, rows, 32});
      for (const bool added : {false, true})
        compare(fmt::format("planes of {} rows, {} apart{}", rows, stride, added ? ", residual" : ""), 1e-6,
                [&](at::Device where) {
                  const PlaneConvolution convolution{weight.to(where), bias.to(where), stride};
                  return convolution(x.to(where), added ? residual.to(where) : at::Tensor());
                });
    }
  for (const int rows : {1, 99, 100, 101, 500}) {
    const auto x = normal({rows, 72}), inner = normal({36, 72}), inner_bias = normal({36}),
               weight = normal({32, 36}), bias = normal({32}), taps = normal({216, 32});
    const auto gates = [&](at::Device where) {
      return SegmentGates{100, inner.to(where), inner_bias.to(where), weight.to(where),
                          bias.to(where)}(x.to(where));
    };
    compare(fmt::format("gates of {} rows", rows), 1e-5, gates);
    for (const int dilation : {1, 2})
      compare(
          fmt::format("gated convolution of {} rows, {} apart", rows, dilation), 1e-5, [&](at::Device where) {
            const auto out = at::zeros({rows, 40}, x.options().device(where));
            GatedConvolution{taps.to(where), dilation, 100}(x.to(where), gates(where), out.slice(1, 5, 37));
            return out;
          });
  }
  for (const auto& [from, to] : {std::pair{24000, 16000}, {48000, 16000}, {44100, 24000}}) {
    const auto wave = normal({1, 12345});
    compare(fmt::format("{} Hz to {} Hz", from, to), 1e-6,
            [&, from = from, to = to](at::Device where) { return resample(wave.to(where), from, to); });
  }
}

}  // namespace octet
