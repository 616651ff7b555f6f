#include "core/synthesis/int8_checks.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <array>
#include <limits>

#include "core/kernels/int8_rows.h"
#include "core/ops/layer_ops.h"
#include "core/ops/row_ops.h"
#include "core/quant/int8_weight_only.h"
#include "core/synthesis/kernel_checks.h"

namespace octet {
namespace {

struct Rounding {
  const char* name;
  InputRounding rounding;
  bool fixed = false;  ///< outliers, those of every third channel
};
constexpr Rounding kRoundings[] = {{"tensor", {ActivationScales::per_tensor}},
                                   {"token", {ActivationScales::per_token}},
                                   {"outliers", {ActivationScales::per_token, 2.5f}},
                                   {"fixed outliers",
                                    {ActivationScales::per_token, std::numeric_limits<float>::infinity()},
                                    /*fixed=*/true}};

at::Tensor every_third(std::int64_t channels) {
  return at::remainder(at::arange(channels), 3).eq(0).to(at::kChar);
}

DynamicInt8Weight weight_of(const Shape& shape, const Rounding& by, Draws& draws) {
  return {quantize_int8(draws.normal(shape, at::kFloat), 0), by.rounding,
          by.fixed ? every_third(shape[1]) : at::Tensor()};
}

Bias moved(const Bias& bias, at::Device device) { return bias ? Bias(bias->to(device)) : Bias(); }

/// A number at the edge between two integers may be the other one, where a processor multiplies and adds at
/// once.
void check_rounding(at::Device device, Draws& draws, std::vector<SelfCheck>& checks) {
  constexpr double kOneInTenThousand = 1e-4;
  for (const auto& [rows, width] : {std::pair{1, 1}, {7, 67}, {600, 513}, {1000, 256}})
    for (const auto& [name, rounding, fixed] : kRoundings) {
      const auto x = draws.normal({rows, width}, at::kFloat) + 0.25f;
      const auto known = fixed ? every_third(width).to(at::kBool) : at::Tensor();
      const auto rounded = [&](const at::Tensor& t) -> InlierRows {
        if (!rounding.outliers_from)
          return {quantize_rows(t, rounding.scales), at::zeros({width}, at::kBool)};
        return fixed ? quantize_inliers(t, known.to(t.device()))
                     : quantize_inliers(t, *rounding.outliers_from);
      };
      const auto [here, left_out] = rounded(x);
      const auto [there, left_out_there] = rounded(x.to(device));
      const auto what = fmt::format("int8: [{}, {}] rounded by {}", rows, width, name);
      const auto in_fp32 = [](const at::Tensor& t) { return t.cpu().to(at::kFloat); };
      const auto differ = (in_fp32(there.values) - in_fp32(here.values)).abs().mean().item<double>();
      checks.push_back({what + ": steps of integers, in the mean", differ, kOneInTenThousand});
      checks.push_back({what + ": columns that are left out in one place only",
                        left_out_there.cpu().logical_xor(left_out).sum().item<double>(), 0});
      checks.push_back({what + ": scales", relative_distance(there.scale, here.scale), 1e-7});
      checks.push_back({what + ": zero points",
                        (in_fp32(there.zero_point) - in_fp32(here.zero_point)).abs().max().item<double>(),
                        0});
    }
}

void check_products(at::Device device, Draws& draws, std::vector<SelfCheck>& checks) {
  for (const auto& [rows, inputs, width] : {std::array{1, 16, 8},
                                            {5, 50, 7},
                                            {33, 1040, 72},
                                            {65, 256, 1536},
                                            {1000, 960, 520},
                                            {130, 5120, 80}}) {
    const auto x = quantize_rows(draws.normal({rows, inputs}, at::kFloat), ActivationScales::per_token);
    const auto int8 = quantize_int8(draws.normal({width, inputs}, at::kFloat), 0);
    const Int8Columns columns{int8.values, int8.scale.flatten(), at::sum(int8.values, 1, false, at::kInt),
                              draws.normal({width}, at::kFloat)};
    const auto to = [&](const at::Tensor& t) { return t.to(device); };
    const auto made = multiply_rows(
        {to(x.values), to(x.scale), to(x.zero_point)},
        {to(columns.integers), to(columns.scale), to(columns.sums), to(columns.bias)}, at::kFloat);
    checks.push_back({fmt::format("int8: product [{}, {}] by [{}, {}]", rows, inputs, width, inputs),
                      relative_distance(made, multiply_rows(x, columns, at::kFloat)), 1e-6});
  }
}

void check_row_products(at::Device device, Draws& draws, std::vector<SelfCheck>& checks) {
  for (const auto& by : kRoundings)
    for (const auto& [type, bound] :
         {std::pair{at::kFloat, 1e-5}, {at::kBFloat16, 5e-3}, {at::kHalf, 1e-3}}) {
      const auto x = draws.normal({2, 77, 96}, type);
      std::vector<RowProduct::Part> here, there;
      for (const auto& shape : {Shape{64, 96}, {64, 96}, {32, 96, 3}}) {
        const auto weight = weight_of(shape, by, draws);
        const auto bias = draws.normal({shape[0]}, type);
        here.push_back({weight, bias});
        there.push_back({moved(Weight(weight), device), bias.to(device)});
      }
      const auto reference = RowProduct(here)(x.to(at::kFloat), {.result = at::kFloat});
      checks.push_back({fmt::format("int8: rows by {}, {}", by.name, at::toString(type)),
                        relative_distance(RowProduct(there)(x.to(device)), reference), bound});
    }
}

void check_convolutions(at::Device device, Draws& draws, std::vector<SelfCheck>& checks) {
  for (const auto& by : kRoundings)
    for (const auto& shape : {ConvShape{1, 1, 1, 1}, ConvShape{2, 9, 3, 1}, ConvShape{1, 2, 1, 4}}) {
      const auto x = draws.normal({1, 32, 200}, at::kFloat);
      const auto weight = weight_of({48, 32 / shape.groups, 5}, by, draws);
      const Bias bias = draws.normal({48}, at::kFloat);
      const auto reference = (*prepare_conv1d(weight, bias, shape))(x, {});
      const auto there = prepare_conv1d(moved(Weight(weight), device), moved(bias, device), shape);
      checks.push_back({fmt::format("int8: convolution by {}, stride {}, dilation {}, {} groups", by.name,
                                    shape.stride, shape.dilation, shape.groups),
                        relative_distance((*there)(x.to(device), {.device = device}), reference), 1e-4});
    }
}

}  // namespace

void check_rounded_products(at::Device device, Draws& draws, std::vector<SelfCheck>& checks) {
  check_rounding(device, draws, checks);
  check_products(device, draws, checks);
  check_row_products(device, draws, checks);
  check_convolutions(device, draws, checks);
}

}  // namespace octet
