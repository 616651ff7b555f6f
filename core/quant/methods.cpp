#include "core/quant/methods.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/quant/adaround_options.h"
#include "core/quant/dynamic_options.h"
#include "core/quant/gptq_options.h"
#include "core/quant/outlier_options.h"
#include "core/quant/weight_only_options.h"
#include "core/tensor/layer_kinds.h"

namespace octet {
namespace {

template <auto parse>
std::string spelled(std::string_view options) {
  return format_options(parse(options));
}

template <auto parse>
std::string calibrated(std::string_view options, const std::string& sha256) {
  auto parsed = parse(options);
  parsed.calibration = sha256;
  return format_options(parsed);
}

bool always(std::string_view) { return true; }

bool finds_outliers_in_calibration(std::string_view options) {
  return parse_outlier_options(options).found == OutlierOptions::Found::in_calibration;
}

bool corrects_bias_by(std::string_view options) { return parse_weight_only_options(options).bias_correction; }

/// As `calibrated`, of a method that needs none by other options.
template <auto parse, auto needs>
std::string calibrated_if(std::string_view options, const std::string& sha256) {
  return needs(options) ? calibrated<parse>(options, sha256) : spelled<parse>(options);
}

std::string takes_all_with_what_is_corrected(const Layer& layer, std::string_view options) {
  const bool has_bias =
      std::ranges::any_of(layer.tensors, [&](const auto& tensor) { return is_bias(layer, tensor); });
  return corrects_bias_by(options) && !has_bias ? "it has no bias to correct: leave bias_correction out" : "";
}

std::string takes_inputs(const Layer& layer, std::string_view) {
  return layer.type == LayerType::embedding
             ? "its inputs are ids, for which no rounding is better than the nearest: use weight-only"
             : "";
}

template <Method method>
std::string takes_products(const Layer& layer, std::string_view) {
  if (layer.type != LayerType::linear && layer.type != LayerType::conv1d)
    return fmt::format("{} is for Linear and Conv1d, not {}", to_string(method), to_string(layer.type));
  if (layer.type == LayerType::conv1d && layer.weight().shape[1] == 1)
    return "its channels are convolved one by one: there is no product of integers to gain from";
  return {};
}

std::string no_doubt(const Layer&, std::string_view) { return {}; }

std::string doubt_of_one_scale(const Layer& layer, std::string_view options) {
  if (layer.component != "mel2wav" || parse_dynamic_options(options).scales != ActivationScales::per_tensor)
    return {};
  return "dynamic with one scale for a whole input changes the voice in the vocoder: give scales=token "
         "there, or "
         "leave mel2wav out (docs/methods.md)";
}

constexpr std::string_view kWeightOnly[]{"",
                                         R"({"clip":"mse"})",
                                         R"({"clip":"percentile"})",
                                         R"({"group":128})",
                                         R"({"group":32})",
                                         R"({"asymmetric":true})",
                                         R"({"asymmetric":true,"group":32})",
                                         R"({"bias_correction":true})"};
constexpr std::string_view kDynamic[]{"", R"({"scales":"token"})"};
constexpr std::string_view kDefaults[]{""};
constexpr std::string_view kOutliers[]{"", R"({"threshold":"infinity"})", R"({"outliers":"calibration"})"};

constexpr std::array kMethods{
    MethodTraits{.method = Method::weight_only,
                 .spelled = spelled<parse_weight_only_options>,
                 .refusal = takes_all_with_what_is_corrected,
                 .doubt = no_doubt,
                 .compared = kWeightOnly,
                 .calibrated = calibrated_if<parse_weight_only_options, corrects_bias_by>,
                 .needs_calibration = corrects_bias_by},
    MethodTraits{Method::dynamic, spelled<parse_dynamic_options>, takes_products<Method::dynamic>,
                 doubt_of_one_scale, kDynamic,
                 /*rounds_inputs=*/true},
    MethodTraits{.method = Method::llm_int8,
                 .spelled = spelled<parse_outlier_options>,
                 .refusal = takes_products<Method::llm_int8>,
                 .doubt = no_doubt,
                 .compared = kOutliers,
                 .rounds_inputs = true,
                 .calibrated = calibrated_if<parse_outlier_options, finds_outliers_in_calibration>,
                 .needs_calibration = finds_outliers_in_calibration},
    MethodTraits{.method = Method::gptq,
                 .spelled = spelled<parse_gptq_options>,
                 .refusal = takes_inputs,
                 .doubt = no_doubt,
                 .compared = kDefaults,
                 .calibrated = calibrated<parse_gptq_options>,
                 .needs_calibration = always},
    MethodTraits{.method = Method::adaround,
                 .spelled = spelled<parse_adaround_options>,
                 .refusal = takes_inputs,
                 .doubt = no_doubt,
                 .compared = kDefaults,
                 .calibrated = calibrated<parse_adaround_options>,
                 .needs_calibration = always},
};

}  // namespace

const MethodTraits& traits_of(Method method) {
  return *std::ranges::find(kMethods, method, &MethodTraits::method);
}

std::string to_string(const MethodVariant& variant) {
  auto text = std::string(to_string(variant.method));
  if (variant.options.empty()) return text;
  const auto options = nlohmann::json::parse(variant.options);
  for (const auto& [key, value] : options.items())
    text += fmt::format(" {}={}", key, value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

std::vector<MethodVariant> method_variants() {
  std::vector<MethodVariant> variants;
  for (const auto& traits : kMethods)
    for (const auto options : traits.compared) variants.push_back({traits.method, std::string(options)});
  return variants;
}

bool rounds_inputs(const Recipe& recipe) {
  return recipe.storage == Precision::int8 && traits_of(recipe.method).rounds_inputs;
}

bool needs_calibration(const Recipe& recipe) {
  return recipe.storage == Precision::int8 && needs_calibration(MethodVariant{recipe.method, recipe.options});
}

bool needs_calibration(const MethodVariant& variant) {
  return traits_of(variant.method).needs_calibration(variant.options);
}

std::string calibration_of(const Recipe& recipe) {
  if (recipe.options.empty()) return {};
  return nlohmann::json::parse(recipe.options).value("calibration", std::string());
}

std::string spelled_options(Method method, std::string_view options) {
  return traits_of(method).spelled(options);
}

}  // namespace octet
