#include "core/synthesis/kernel_benchmark.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "core/kernels/arithmetic.h"
#include "core/kernels/captured_graph.h"
#include "core/kernels/counted_noise.h"
#include "core/kernels/dequantize.h"
#include "core/kernels/torch_types.h"
#include "core/ops/hearing_ops.h"
#include "core/ops/row_ops.h"
#include "core/ops/wave_ops.h"
#include "core/quant/int8_weight_only.h"
#include "core/synthesis/check_draws.h"
#include "core/synthesis/stage_meter.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

struct Kernel {
  std::string name;
  double flops = 0;
  double bytes = 0;
  std::function<void()> call;
};

/// Frames of prompt and speech; both halves of guidance. Rows that hear 10 s: tokens of speech, frames of a
/// speaker.
constexpr std::int64_t kHalves = 2, kFrames = 1000, kTokenRows = 500, kSpeakerRows = 500;
constexpr std::int64_t kSpoken = 500, kSamples = 240'000;

class Kernels {
 public:
  explicit Kernels(at::Device device) : device_(device) {}

  std::vector<Kernel> all() {
    flow();
    if (wave_kernels_run_on(device_)) vocoder();
    hearing();
    return std::move(kernels_);
  }

 private:
  at::Tensor normal(const Shape& shape, at::ScalarType type = at::kFloat, double scale = 1) {
    return draws_.normal(shape, type, scale).to(device_);
  }
  Weight weight(const Shape& shape, at::ScalarType type) {
    const auto fan_in = static_cast<double>(element_count(shape)) / static_cast<double>(shape[0]);
    const auto drawn = draws_.normal(shape, at::kFloat, 1 / std::sqrt(fan_in));
    return moved(type == at::kChar ? Weight(quantize_int8(drawn, 0)) : Weight(DenseWeight{drawn.to(type)}),
                 device_);
  }
  void add(std::string name, double flops, double bytes, std::function<void()> call) {
    kernels_.push_back({std::move(name), flops, bytes, std::move(call)});
  }

  void product(const char* name, std::int64_t channels, const std::vector<Shape>& shapes, bool normed,
               const RowFinish& finish = {}) {
    for (const auto type : {at::kBFloat16, at::kChar}) {
      std::vector<RowProduct::Part> parts;
      std::int64_t width = 0, weights = 0;
      for (const auto& shape : shapes) {
        parts.push_back({weight(shape, type), normal({shape[0]}, at::kFloat, 0.1)});
        width += shape[0];
        weights += element_count(shape);
      }
      std::optional<RowNorm> norm;
      if (normed) norm = RowNorm{normal({channels}), normal({channels})};
      const auto x = normal({kHalves, kFrames, channels}, at::kBFloat16);
      const double rows = kHalves * kFrames;
      add(fmt::format("{}, {}", name, type == at::kChar ? "int8" : "bf16"),
          2 * rows * static_cast<double>(weights),
          2 * rows * static_cast<double>(channels + width) +
              static_cast<double>(weights) * (type == at::kChar ? 1 : 2),
          [=, made = std::make_shared<RowProduct>(parts, norm)] { (void)(*made)(x, finish); });
    }
  }

  void flow() {
    product("norm, queries, keys, values", 256, {{512, 256}, {512, 256}, {512, 256}}, true);
    constexpr double kHeads = 8, kWidth = 64;
    const auto qkv = normal({kHalves, kFrames, 1536}, at::kBFloat16);
    const auto lengths = at::full({kHalves}, kFrames - 10, qkv.options().dtype(at::kInt));
    const double attended = 4 * kHalves * kFrames * kFrames * kHeads * kWidth,
                 moved_bytes = 2 * kHalves * kFrames * 4 * kHeads * kWidth;
    add("attention", attended, moved_bytes, [=] { (void)row_attention(qkv, {64}); });
    add("attention by lengths", attended, moved_bytes, [=] { (void)row_attention(qkv, {64, lengths}); });
    const auto residual = normal({kHalves, kFrames, 256}, at::kBFloat16);
    product("attention's output", 512, {{256, 512}}, false, {.residual = residual});
    product("norm, feed forward in, GELU", 256, {{1024, 256}}, true,
            {.activation = RowFinish::Activation::gelu});
    product("feed forward out", 1024, {{256, 1024}}, false, {.residual = residual});
    product("convolution and shortcut", 320, {{256, 320, 3}, {256, 320, 1}}, false);

    const auto x = normal({kHalves, kFrames, 256}, at::kBFloat16), shift = normal({256});
    add("norm and mish", 0, 3 * static_cast<double>(x.nbytes()),
        [=, mish = RowMish({normal({256}), normal({256})})] { (void)mish(x, shift, x); });
    const auto slope = normal({kHalves, kFrames, 80}), length = at::full({1}, 0.1, slope.options());
    const RowState state{at::zeros({1, kFrames, 80}, slope.options()),
                         at::zeros({kHalves, kFrames, 320}, slope.options().dtype(at::kBFloat16))};
    add("step", 0, 2 * static_cast<double>(slope.nbytes()), [=] { row_step(slope, length, 0.7, state); });
    const auto quantized = std::get<Int8Weight>(weight({1024, 256}, at::kChar));
    add("dequantize 1024 x 256", 0, 3.0 * 1024 * 256, [=] { (void)dequantize(quantized, at::kBFloat16); });
    const auto options = at::TensorOptions(at::kFloat).device(device_);
    add("noise of the flow", 0, 4.0 * 80 * kFrames, [=] {
      (void)counted_normal({1, 0}, 80, 0, kFrames, options);
    });
  }

  void wave(const char* name, const Shape& shape, std::int64_t rows, const ConvShape& how,
            bool transposed = false) {
    const auto channels = shape[transposed ? 0 : 1], width = shape[transposed ? 1 : 0];
    const auto made = transposed
                          ? WaveConvolution::transposed(weight(shape, at::kBFloat16), normal({width}), how)
                          : WaveConvolution::plain(weight(shape, at::kBFloat16), normal({width}), how);
    const auto x = terms_of(normal({rows, channels}));
    const auto results =
        static_cast<double>(rows * width) * (transposed ? static_cast<double>(how.stride) : 1);
    // A value is two terms, each of which is multiplied.
    add(name, 4 * static_cast<double>(rows) * static_cast<double>(element_count(shape)),
        4 * (static_cast<double>(rows * channels) + results), [=] { (void)made.sum(x); });
  }

  void vocoder() {
    wave("vocoder, mel in", {512, 80, 7}, kSpoken, {.padding = 3});
    wave("vocoder, first upsampling", {512, 256, 16}, kSpoken, {.stride = 8, .padding = 4}, true);
    wave("vocoder, 256 channels, 11 taps", {256, 256, 11}, 8 * kSpoken, {.padding = 25, .dilation = 5});
    wave("vocoder, 128 channels, 7 taps", {128, 128, 7}, 40 * kSpoken, {.padding = 9, .dilation = 3});
    wave("vocoder, 64 channels, 3 taps", {64, 64, 3}, 120 * kSpoken, {.padding = 1});
    const auto sound = normal({kSamples});
    const auto spectrum = empty_terms(kSamples / 4 + 1, 24, device_);
    add("vocoder, spectrum of the source", 0, 4.0 * kSamples * (1 + 6),
        [=] { wave_spectrum_cuda(sound, spectrum); });
    const auto rows = normal({kSamples / 4 + 1, 24}),
               frames = at::empty({kSamples / 4 + 1, 16}, rows.options()),
               made = at::empty({kSamples}, rows.options());
    add("vocoder, wave of the spectrum", 0, 4.0 * kSamples * (6 + 1),
        [=] { wave_from_spectrum_cuda(rows, frames, made); });
    const auto up = normal({24 * kSpoken * 5, 64}), sum = at::empty_like(up), alphas = normal({3, 64}).abs();
    const std::array<TwoTerms, 3> snakes{empty_terms(up.size(0), 64, device_),
                                         empty_terms(up.size(0), 64, device_),
                                         empty_terms(up.size(0), 64, device_)};
    add("vocoder, sum and snakes", 0, 6 * static_cast<double>(up.nbytes()),
        [=] { wave_merge_cuda(up, up, alphas, sum, snakes); });
    const auto result = empty_terms(up.size(0), 64, device_);
    add("vocoder, mean", 0, 4 * static_cast<double>(up.nbytes()), [=] {
      wave_mean_cuda({up, up, up}, 0.1, result);
    });
    const auto options = at::TensorOptions(at::kFloat).device(device_);
    add("noise of the source", 0, 4.0 * 9 * kSamples, [=] {
      (void)counted_normal({1, 3}, 9, 0, kSamples, options);
    });
  }

  void hearing() {
    const auto x = normal({kTokenRows, 1280}), cosines = normal({kTokenRows, 64}), taps = normal({31, 1280}),
               shift = normal({1280});
    const auto bytes = static_cast<double>(x.nbytes());
    add("tokenizer, rotary positions", 0, 2 * bytes, [=] { (void)rotated(x, cosines, cosines); });
    add("tokenizer, memory", 2.0 * 31 * kTokenRows * 1280, 3 * bytes,
        [=] { (void)remembered(x, taps, 15, x, shift); });
    const auto wide = normal({kSpeakerRows, 512}), scale = normal({512});
    add("speaker, scaled relu", 0, 2 * static_cast<double>(wide.nbytes()),
        [=] { (void)scaled_relu(wide, scale, scale); });
    add("speaker, windows", 0, 4 * static_cast<double>(wide.nbytes()),
        [=] { (void)row_windows(wide, {.taps = 3, .lead = 1}); });
    const auto planes = normal({40, 2 * kSpeakerRows, 32});
    const PlaneConvolution plane{normal({3, 3, 32, 32}, at::kFloat, 0.1), normal({32})};
    add("speaker, convolution of planes", 2.0 * 9 * 32 * 32 * 40 * 2 * kSpeakerRows,
        2 * static_cast<double>(planes.nbytes()), [=] { (void)plane(planes); });
    const auto rows = normal({kSpeakerRows, 128}), out = at::empty({kSpeakerRows, 32}, rows.options());
    const SegmentGates gates{100, normal({64, 128}), normal({64}), normal({32, 64}), normal({32})};
    add("speaker, gates", 0, static_cast<double>(rows.nbytes()), [=] { (void)gates(rows); });
    const GatedConvolution gated{normal({384, 32}), 1, 100};
    add("speaker, gated convolution", 2.0 * 3 * 128 * 32 * kSpeakerRows,
        static_cast<double>(rows.nbytes() + out.nbytes()),
        [=, made = gates(rows)] { gated(rows, made, out); });
  }

  at::Device device_;
  Draws draws_;
  std::vector<Kernel> kernels_;
};

/// Seconds of one call. On a GPU calls are launched whole, so that asking for them is not what is measured.
std::vector<double> timed(const Kernel& kernel, Device device, GraphCache* graphs, int rounds) {
  const int calls = graphs ? 20 : 1;
  std::unique_ptr<CapturedGraph> recorded;
  std::unique_lock<std::mutex> held;
  if (graphs) {
    held = graphs->lock();
    recorded = graphs->capture([&] {
      for (int i = 0; i < calls; ++i) kernel.call();
    });
  }
  std::vector<double> seconds;
  for (int round = -1; round < rounds; ++round) {
    synchronize(device);
    const Stopwatch watch;
    recorded ? recorded->replay() : kernel.call();
    synchronize(device);
    if (round >= 0) seconds.push_back(watch.seconds() / calls);
  }
  return seconds;
}

}  // namespace

std::vector<KernelTiming> benchmark_kernels(Device device, int rounds, const JobControl& control) {
  return translating_torch_errors([&] {
    configure_arithmetic(device.threads);
    const c10::InferenceMode inference;
    const auto kernels = Kernels(torch_device(device)).all();
    std::vector<KernelTiming> timings;
    for (const auto& kernel : kernels) {
      control.at(
          {"timing " + kernel.name, static_cast<int>(timings.size()), static_cast<int>(kernels.size())});
      // Of its own for each: what one records goes before the next begins.
      const auto graphs = device.kind == Device::Kind::cuda ? std::make_unique<GraphCache>(device) : nullptr;
      timings.push_back(
          {kernel.name, spread_of(timed(kernel, device, graphs.get(), rounds)), kernel.flops, kernel.bytes});
    }
    return timings;
  });
}

}  // namespace octet
