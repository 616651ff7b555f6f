#include "core/synthesis/kernel_checks.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "core/kernels/counted_noise.h"
#include "core/kernels/dequantize.h"
#include "core/kernels/row_kernels.h"
#include "core/kernels/torch_types.h"
#include "core/ops/row_ops.h"
#include "core/ops/wave_ops.h"
#include "core/plan/plan.h"
#include "core/quant/int8_weight_only.h"
#include "core/s3gen/hift.h"
#include "core/synthesis/check_draws.h"
#include "core/synthesis/hearing_checks.h"
#include "core/synthesis/int8_checks.h"
#include "core/synthesis/weight_store.h"
#include "core/tensor/precision.h"

namespace octet {
namespace {

struct ProductCase {
  const char* name;
  Shape x;  // batch, rows, channels
  std::vector<Shape> weights;
  bool normed = false;
  RowFinish::Activation activation = RowFinish::Activation::none;
  bool residual = false;
  std::optional<at::ScalarType> result = {};
};

std::vector<ProductCase> product_cases() {
  constexpr auto kGelu = RowFinish::Activation::gelu;
  return {
      {"queries, keys, values", {2, 130, 256}, {{512, 256}, {512, 256}, {512, 256}}, true},
      {"queries, keys, values, many rows", {2, 700, 256}, {{512, 256}, {512, 256}, {512, 256}}, true},
      {"queries, keys, values, one row", {1, 1, 96}, {{128, 96}, {128, 96}, {128, 96}}, true},
      {"feed forward in", {2, 65, 256}, {{1024, 256}}, true, kGelu},
      {"feed forward in, small", {1, 63, 96}, {{384, 96}}, true, kGelu},
      {"norm of 512 channels", {1, 77, 512}, {{512, 512}}, true},
      {"feed forward out", {2, 63, 1024}, {{256, 1024}}, false, {}, true},
      {"convolution and shortcut", {2, 1000, 320}, {{256, 320, 3}, {256, 320, 1}}},
      {"convolution, few rows", {2, 2, 96}, {{96, 96, 3}}},
      {"convolution of 80 channels", {2, 129, 80}, {{520, 80, 3}, {104, 80, 1}}},
      {"projection to fp32", {2, 33, 256}, {{80, 256, 1}}, false, {}, false, at::kFloat},
  };
}

struct FloatType {
  const char* name;
  at::ScalarType dtype;
  double bound;  // rounding of weights, of what is between two operations, and of the result
};
constexpr FloatType kHalfTypes[] = {{"bf16", at::kBFloat16, 1e-2}, {"fp16", at::kHalf, 2e-3}};

RowNorm moved(const RowNorm& norm, at::Device device) {
  return {norm.weight.to(device), norm.bias.to(device), norm.eps};
}

void check_product(const ProductCase& one, const FloatType& type, bool int8, at::Device device, Draws& draws,
                   std::vector<SelfCheck>& checks) {
  const auto channels = one.x[2];
  const auto x = draws.normal(one.x, type.dtype);
  std::vector<RowProduct::Part> here, there;
  std::int64_t width = 0;
  for (const auto& shape : one.weights) {
    const auto fan_in = static_cast<double>(element_count(shape)) / static_cast<double>(shape[0]);
    const auto drawn = draws.normal(shape, at::kFloat, 1 / std::sqrt(fan_in));
    const Weight weight = int8 ? Weight(quantize_int8(drawn, 0)) : Weight(DenseWeight{drawn.to(type.dtype)});
    const auto bias = draws.normal({shape[0]}, type.dtype, 0.1);
    here.push_back({weight, bias});
    there.push_back({moved(weight, device), bias.to(device)});
    width += shape[0];
  }
  std::optional<RowNorm> norm, norm_there;
  if (one.normed) {
    norm = draws.norm(channels, type.dtype);
    norm_there = moved(*norm, device);
  }
  const auto residual = one.residual ? draws.normal({one.x[0], one.x[1], width}, type.dtype) : at::Tensor();
  const auto reference = RowProduct(here, norm)(
      x.to(at::kFloat), {one.activation, one.residual ? residual.to(at::kFloat) : at::Tensor(), at::kFloat});
  const auto test = RowProduct(there, norm_there)(
      x.to(device), {one.activation, one.residual ? residual.to(device) : at::Tensor(), one.result});
  checks.push_back({fmt::format("rows: {} {}, {} weight", one.name, type.name, int8 ? "int8" : "dense"),
                    relative_distance(test, reference), type.bound});
}

void check_mish(const FloatType& type, at::Device device, Draws& draws, std::vector<SelfCheck>& checks) {
  for (const auto& [rows, channels] : {std::pair{std::int64_t{130}, std::int64_t{256}}, {5, 96}}) {
    const auto norm = draws.norm(channels, type.dtype);
    const auto both = draws.normal({2, rows, 2 * channels}, type.dtype);
    const auto shift = draws.normal({channels}, at::kFloat);
    const auto run = [&](const at::Tensor& x, const RowNorm& its_norm) {
      return RowMish(its_norm)(x.slice(2, 0, channels), shift.to(x.device()), x.slice(2, channels));
    };
    checks.push_back(
        {fmt::format("rows: norm and mish of {} channels {}", channels, type.name),
         relative_distance(run(both.to(device), moved(norm, device)), run(both.to(at::kFloat), norm)),
         type.bound});
  }
}

/// Entries of a batch: whole tiles, parts of them, one row; blocks of queries in which none counts.
void check_ragged_attention(const FloatType& type, at::Device device, Draws& draws,
                            std::vector<SelfCheck>& checks) {
  const std::pair<std::int64_t, std::vector<int>> ragged[] = {
      {1000, {1000, 1, 63, 64, 127, 128, 129, 640, 999}}, {65, {64, 65, 2}}, {300, {17}}};
  for (const auto& [rows, lengths] : ragged) {
    const auto counted = at::tensor(lengths, at::kInt);
    const auto qkv = draws.normal({counted.size(0), rows, 384}, type.dtype);
    checks.push_back(
        {fmt::format("rows: attention of {} entries over up to {} rows {}", lengths.size(), rows, type.name),
         relative_distance(row_attention(qkv.to(device), {64, counted.to(device)}),
                           row_attention(qkv.to(at::kFloat), {64, counted})),
         type.bound});
  }
}

void check_attention(const FloatType& type, at::Device device, Draws& draws, std::vector<SelfCheck>& checks) {
  for (const int rows : {1, 63, 64, 65, 127, 128, 129, 300, 1000}) {
    const auto qkv = draws.normal({2, rows, 384}, type.dtype);
    checks.push_back(
        {fmt::format("rows: attention over {} rows {}", rows, type.name),
         relative_distance(row_attention(qkv.to(device), {64}), row_attention(qkv.to(at::kFloat), {64})),
         type.bound});
  }
  check_ragged_attention(type, device, draws, checks);
}

/// Weights that an attention's kernel makes beside its work, against those made alone.
void check_meanwhile(const FloatType& type, at::Device device, Draws& draws, std::vector<SelfCheck>& checks) {
  const auto qkv = draws.normal({2, 130, 384}, type.dtype).to(device);
  if (!row_kernels_take(qkv)) return;
  std::vector<Int8Weight> weights;
  for (const auto& shape : {Shape{96, 80}, Shape{512, 256}, Shape{8, 8}})
    weights.push_back(std::get<Int8Weight>(moved(quantize_int8(draws.normal(shape, at::kFloat), 0), device)));
  RowMeanwhile meanwhile{{}, {}, {qkv}};
  for (const auto& weight : weights) {
    meanwhile.quantized.push_back(&weight);
    meanwhile.made.push_back(at::empty(weight.values.sizes(), weight.values.options().dtype(type.dtype)));
  }
  SelfCheck check{fmt::format("rows: int8 weights made beside attention {}, bytes", type.name), 0, 0};
  for (const auto& lengths : {at::Tensor(), at::tensor({1, 130}, qkv.options().dtype(at::kInt))}) {
    for (auto& made : meanwhile.made) made.zero_();
    const auto attended = row_attention(qkv, {64, lengths}, meanwhile);
    for (std::size_t i = 0; i < weights.size(); ++i)
      if (!at::equal(meanwhile.made[i], dequantize(weights[i], type.dtype))) check.error = 1;
    if (!at::equal(attended, row_attention(qkv, {64, lengths}))) check.error = 1;
  }
  checks.push_back(check);
}

void check_step(const FloatType& type, at::Device device, Draws& draws, std::vector<SelfCheck>& checks) {
  for (const auto& [clips, batch] : {std::pair{1, 1}, {1, 2}, {3, 3}, {3, 6}}) {
    const auto slope = draws.normal({batch, 77, 80}, at::kFloat), length = draws.normal({1}, at::kFloat),
               exact = draws.normal({clips, 77, 80}, at::kFloat);
    const auto run = [&](at::Device where, at::ScalarType read) {
      const RowState state{
          exact.to(where, at::kFloat, false, /*copy=*/true),
          at::zeros({slope.size(0), 77, 320}, at::TensorOptions().dtype(read).device(where))};
      row_step(slope.to(where), length.to(where), 0.7, state);
      return state;
    };
    const auto here = run(at::kCPU, at::kFloat), there = run(device, type.dtype);
    const auto name = fmt::format("rows: step of {} clips, {}, {}", clips,
                                  batch > clips ? "guided" : "not guided", type.name);
    checks.push_back({name, relative_distance(there.exact, here.exact), 1e-6});
    checks.push_back({name + ", as read", relative_distance(there.read, here.read), type.bound});
  }
}

struct WaveCase {
  const char* name;
  Shape weight;  // [width, channels, taps], or [channels, width, taps] where transposed
  std::int64_t rows;
  ConvShape shape;
  bool transposed = false;
};

/// A convolution in two fp16 terms against fp32's on the CPU. int8 and bf16 weights are exact in one term,
/// fp32 takes two.
void check_wave_convolution(const WaveCase& one, const char* type, const Weight& weight, at::Device device,
                            Draws& draws, std::vector<SelfCheck>& checks) {
  const auto channels = one.weight[one.transposed ? 0 : 1], width = one.weight[one.transposed ? 1 : 0];
  const auto x = draws.normal({1, channels, one.rows}, at::kFloat);
  const auto bias = draws.normal({width}, at::kFloat, 0.1);
  const auto reference =
      (*(one.transposed ? prepare_conv_transpose1d : prepare_conv1d)(weight, bias, one.shape))(x, {});
  const auto prepared = one.transposed
                            ? WaveConvolution::transposed(moved(weight, device), bias.to(device), one.shape)
                            : WaveConvolution::plain(moved(weight, device), bias.to(device), one.shape);
  const auto made = prepared.sum(terms_of(x[0].t().contiguous().to(device))).reshape({-1, width});
  checks.push_back({fmt::format("waves: {}, {} weight", one.name, type),
                    relative_distance(made.t().unsqueeze(0), reference), 3e-6});
}

void check_waves(at::Device device, Draws& draws, std::vector<SelfCheck>& checks) {
  if (!wave_kernels_run_on(device)) return;
  const WaveCase cases[] = {
      {"conv of 80 to 512 channels", {512, 80, 7}, 77, {.padding = 3}},
      {"dilated conv of 256 channels", {256, 256, 11}, 500, {.padding = 25, .dilation = 5}},
      {"conv of 64 channels", {64, 64, 3}, 1001, {.padding = 1}},
      {"conv of 16 channels", {16, 16, 7}, 130, {.padding = 9, .dilation = 3}},
      {"transposed conv", {512, 256, 16}, 65, {.stride = 8, .padding = 4}, true},
      {"transposed conv, odd", {32, 16, 7}, 33, {.stride = 3, .padding = 2}, true},
  };
  for (const auto& one : cases) {
    const auto fan_in = static_cast<double>(element_count(one.weight)) / static_cast<double>(one.weight[0]);
    const auto drawn = draws.normal(one.weight, at::kFloat, 1 / std::sqrt(fan_in));
    check_wave_convolution(one, "fp32", DenseWeight{drawn}, device, draws, checks);
    check_wave_convolution(one, "bf16", DenseWeight{drawn.to(at::kBFloat16)}, device, draws, checks);
    check_wave_convolution(one, "int8", quantize_int8(drawn, one.transposed ? 1 : 0), device, draws, checks);
  }
}

}  // namespace

double relative_distance(const at::Tensor& test, const at::Tensor& reference) {
  const auto exact = reference.to(at::kCPU, at::kDouble);
  return ((test.to(at::kCPU, at::kDouble) - exact).norm() / exact.norm().clamp_min(1e-30)).item<double>();
}

void check_vocoder(const std::shared_ptr<const Checkpoint>& checkpoint, Device device, const at::Tensor& mel,
                   const at::Tensor& source, std::vector<SelfCheck>& checks) {
  for (const auto* name : {"all-base", "vocoder-only"})
    for (const auto base : {Precision::fp32, Precision::bf16}) {
      const auto resolved = resolve(preset(name, base, false), checkpoint->layers());
      const auto decoded = [&](Device where) {
        WeightStore store(checkpoint, torch_device(where));
        s3gen::ModelWeights weights;
        weights.device = torch_device(where);
        if (where.kind == Device::Kind::cuda) weights.graphs = std::make_shared<GraphCache>(where);
        for (std::size_t i = 0; i < resolved.layers.size(); ++i)
          if (const auto& layer = checkpoint->layers()[i]; layer.component == "mel2wav")
            weights.layers[layer.name] = store.get(layer, resolved.layers[i].effective);
        const s3gen::Hift vocoder(s3gen::Scope(weights, "mel2wav"));
        const Run run{.device = weights.device};
        return std::pair{vocoder.decode(mel.to(run.device), source.to(run.device), run, [](double) {}).cpu(),
                         vocoder.f0(mel.to(run.device), run).cpu()};
      };
      const auto [wave, f0] = decoded(device);
      const auto [reference, reference_f0] = decoded(Device{});
      const auto what = fmt::format("{} {}, one mel", name, to_string(base));
      checks.push_back({what + ": waveform", relative_distance(wave, reference), 2e-5});
      checks.push_back({what + ": f0", relative_distance(f0, reference_f0), 1e-5});
    }
}

void check_counted_noise(at::Device device, std::vector<SelfCheck>& checks) {
  const auto there = at::TensorOptions().device(device);
  const auto off_by = [](const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>();
  };
  // Whole blocks of four, parts of them, and block numbers beyond 32 bits.
  for (const std::int64_t first : {std::int64_t{0}, std::int64_t{3}, (std::int64_t{1} << 34) - 5})
    for (const std::int64_t count : {1, 6, 240'000}) {
      const CountedNoise noise{0x9e3779b97f4a7c15, 3};
      checks.push_back({fmt::format("noise, {} numbers from {}: the same bits", count, first),
                        off_by(counted_normal(noise, 9, first, count, at::kFloat),
                               counted_normal(noise, 9, first, count, there).cpu()),
                        0});
    }
  checks.push_back(
      {"noise, uniform: the same bits",
       off_by(counted_uniform({5, 2}, 300, at::kFloat), counted_uniform({5, 2}, 300, there).cpu()), 0});
}

void check_row_operations(at::Device device, std::vector<SelfCheck>& checks) {
  Draws draws;
  for (const auto& type : kHalfTypes) {
    for (const auto& one : product_cases())
      for (const bool int8 : {false, true}) check_product(one, type, int8, device, draws, checks);
    check_mish(type, device, draws, checks);
    check_attention(type, device, draws, checks);
    check_meanwhile(type, device, draws, checks);
    check_step(type, device, draws, checks);
  }
  check_ragged_attention({"fp32", at::kFloat, 1e-5}, device, draws, checks);
  check_waves(device, draws, checks);
  check_hearing(device, draws, checks);
  check_rounded_products(device, draws, checks);
}

}  // namespace octet
