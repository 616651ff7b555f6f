#include "core/synthesis/kernel_checks.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "core/ops/row_ops.h"
#include "core/quant/int8_weight_only.h"
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
      {"queries, keys, values, one row", {1, 1, 96}, {{128, 96}, {128, 96}, {128, 96}}, true},
      {"feed forward in", {2, 65, 256}, {{1024, 256}}, true, kGelu},
      {"feed forward in, small", {1, 63, 96}, {{384, 96}}, true, kGelu},
      {"norm of 512 channels", {1, 77, 512}, {{512, 512}}, true},
      {"feed forward out", {2, 63, 1024}, {{256, 1024}}, false, {}, true},
      {"convolution and shortcut", {2, 1000, 320}, {{256, 320, 3}, {256, 320, 1}}},
      {"convolution, few rows", {2, 2, 96}, {{96, 96, 3}}},
      {"projection to fp32", {2, 33, 256}, {{80, 256, 1}}, false, {}, false, at::kFloat},
  };
}

struct HalfType {
  const char* name;
  at::ScalarType dtype;
  double bound;  // rounding of weights, of what is between two operations, and of the result
};
constexpr HalfType kHalfTypes[] = {{"bf16", at::kBFloat16, 1e-2}, {"fp16", at::kHalf, 2e-3}};

Weight moved(const Weight& weight, at::Device device) {
  if (const auto* int8 = std::get_if<Int8Weight>(&weight))
    return Int8Weight{int8->values.to(device), int8->scale.to(device)};
  return DenseWeight{std::get<DenseWeight>(weight).values.to(device)};
}

/// Random numbers of a sum's natural size.
class Draws {
 public:
  at::Tensor normal(const Shape& shape, at::ScalarType type, double scale = 1) {
    return (at::randn(shape, generator_, at::kFloat) * scale).to(type);
  }
  RowNorm norm(std::int64_t channels, at::ScalarType type) {
    return {1 + normal({channels}, type, 0.1), normal({channels}, type, 0.1), 1e-5};
  }

 private:
  at::Generator generator_ = at::detail::createCPUGenerator(11);
};

RowNorm moved(const RowNorm& norm, at::Device device) {
  return {norm.weight.to(device), norm.bias.to(device), norm.eps};
}

void check_product(const ProductCase& one, const HalfType& type, bool int8, at::Device device, Draws& draws,
                   std::vector<SelfCheck>& checks) {
  const auto channels = one.x[2];
  const auto x = draws.normal(one.x, type.dtype);
  std::vector<RowProduct::Part> here, there;
  std::int64_t width = 0;
  for (const auto& shape : one.weights) {
    const auto fan_in = static_cast<double>(element_count(shape) / shape[0]);
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

void check_mish(const HalfType& type, at::Device device, Draws& draws, std::vector<SelfCheck>& checks) {
  for (const auto& [rows, channels] : {std::pair{130, 256}, {5, 96}}) {
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

void check_attention(const HalfType& type, at::Device device, Draws& draws, std::vector<SelfCheck>& checks) {
  for (const int rows : {1, 63, 64, 65, 1000}) {
    const auto qkv = draws.normal({2, rows, 3 * 2 * 64}, type.dtype);
    checks.push_back(
        {fmt::format("rows: attention over {} rows {}", rows, type.name),
         relative_distance(row_attention(qkv.to(device), 64), row_attention(qkv.to(at::kFloat), 64)),
         type.bound});
  }
}

}  // namespace

double relative_distance(const at::Tensor& test, const at::Tensor& reference) {
  const auto exact = reference.to(at::kCPU, at::kDouble);
  return ((test.to(at::kCPU, at::kDouble) - exact).norm() / exact.norm().clamp_min(1e-30)).item<double>();
}

void check_row_operations(at::Device device, std::vector<SelfCheck>& checks) {
  Draws draws;
  for (const auto& type : kHalfTypes) {
    for (const auto& one : product_cases())
      for (const bool int8 : {false, true}) check_product(one, type, int8, device, draws, checks);
    check_mish(type, device, draws, checks);
    check_attention(type, device, draws, checks);
  }
}

}  // namespace octet
