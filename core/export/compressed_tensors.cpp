#include "core/export/compressed_tensors.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/export/layer_tensors.h"

namespace octet {

std::vector<TensorSource> compressed_tensors(const PlannedLayer& planned) {
  const auto& [checkpoint, layer, recipe, calibration, stop] = planned;
  if (recipe.storage == Precision::int8 && layer.type != LayerType::linear)
    throw Error(ErrorKind::usage,
                fmt::format("compressed-tensors holds int8 in Linear layers only; {} is a {}", layer.name,
                            to_string(layer.type)),
                "use a plan that keeps the others floating, such as linear-only, or --format octet");
  if (recipe.storage == Precision::int8 && !is_plain_int8(planned))
    throw Error(ErrorKind::usage,
                fmt::format("compressed-tensors is written for weight-only int8 with a scale a row; {} is {}",
                            layer.name, to_string(recipe)),
                "leave the method out, or use --format octet");
  return octet_tensors(planned);
}

std::string quantization_config(const Schemes& schemes) {
  nlohmann::json config{{"quant_method", "compressed-tensors"},
                        {"quantization_status", "compressed"},
                        {"format", schemes.empty() ? "dense" : "int-quantized"},
                        {"config_groups", nlohmann::json::object()},
                        {"ignore", nlohmann::json::array()}};
  if (!schemes.empty()) {
    auto targets = nlohmann::json::array();
    for (const auto& [layer, recipe] : schemes) targets.push_back(layer);
    config["config_groups"]["group_0"] = {{"targets", std::move(targets)},
                                          {"format", "int-quantized"},
                                          {"weights",
                                           {{"num_bits", 8},
                                            {"type", "int"},
                                            {"symmetric", true},
                                            {"strategy", "channel"},
                                            {"dynamic", false}}}};
  }
  return config.dump();
}

}  // namespace octet
