#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"
#include "core/plan/plan.h"
#include "core/plan/seed_components.h"

namespace octet {
namespace {

constexpr int kSeedStartTurns = 2;

Rule int8_rule(std::string match, LayerType type) { return {.match = std::move(match), .type = type}; }

Rule forced_int8_rule(std::string match, LayerType type) {
  return {.match = std::move(match), .type = type, .choice = {.force = true}};
}

Rule tokenizer_rule(Precision base, bool include_tokenizer) {
  Choice choice{.precision = Precision::fp32, .reason = "half precision changes tokens"};
  if (include_tokenizer)
    choice = {.precision = base, .force = true, .reason = "the tokenizer is included on request"};
  return {.match = "tokenizer.*", .type = {}, .choice = choice};
}

}  // namespace

const std::vector<std::string>& preset_names() {
  static const std::vector<std::string> names{"seed",        "seed-start",   "all-int8",
                                              "linear-only", "vocoder-only", "all-base"};
  return names;
}

PrecisionPlan preset(std::string_view name, Precision base, bool include_tokenizer) {
  using enum LayerType;
  const auto& names = preset_names();
  if (std::find(names.begin(), names.end(), name) == names.end())
    throw Error(ErrorKind::usage, fmt::format("there is no preset \"{}\"", name),
                fmt::format("presets: {}", fmt::join(names, ", ")));
  if (base == Precision::int8)
    throw Error(ErrorKind::usage, "the base of a plan cannot be int8", "base is fp32, bf16 or fp16");

  const std::string not_tokenizer = "{speaker_encoder,flow,mel2wav}.*";

  PrecisionPlan plan{.name = std::string(name), .base = base, .rules = {}, .layers = {}};
  plan.rules.push_back(tokenizer_rule(base, include_tokenizer));
  const auto add = [&](Rule rule) { plan.rules.push_back(std::move(rule)); };
  if (name == "seed") {
    for (const auto& component : kSeedComponents) add(component.rule());
  } else if (name == "seed-start") {
    for (const auto& component : kSeedComponents)
      if (component.turn < kSeedStartTurns) add(component.rule());
  } else if (name == "all-int8") {
    for (const auto type : {linear, conv1d, conv_transpose1d, conv2d})
      add(forced_int8_rule(include_tokenizer ? "*" : not_tokenizer, type));
  } else if (name == "linear-only") {
    add(int8_rule(not_tokenizer, linear));
    if (include_tokenizer) add(forced_int8_rule("tokenizer.*", linear));
  } else if (name == "vocoder-only") {
    add(int8_rule("mel2wav.*", conv1d));
    add(int8_rule("mel2wav.*", conv_transpose1d));
  }
  return plan;
}

}  // namespace octet
