#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/layer.h"

namespace octet {

/// How an int8 weight is made and used. Only weight_only is implemented today; the others are names of the format.
enum class Method { weight_only, dynamic, llm_int8, gptq };

std::string_view to_string(Method method);  // "weight-only", "dynamic", "llm-int8", "gptq"
std::optional<Method> method_from(std::string_view name);

/// What a rule or an override asks for.
struct Choice {
  Precision precision = Precision::int8;
  Method method = Method::weight_only;
  std::string options;  ///< the method's options as compact JSON; empty when none
  bool force = false;   ///< also for protected layers
  std::string reason;   ///< why, in the plan author's words

  bool operator==(const Choice&) const = default;
};

/// Layers whose name matches a glob (`*` crosses dots, `?`, `{a,b}`), of one type where given.
struct Rule {
  std::string match;
  std::optional<LayerType> type;
  Choice choice;

  bool operator==(const Rule&) const = default;
};

/// What is requested of every layer: the last matching rule wins, `layers` beats rules, nothing matched means `base`.
/// The file format is docs/formats.md, "Plan".
struct PrecisionPlan {
  std::string name;
  Precision base = Precision::bf16;  ///< fp32, bf16 or fp16: type of weights that are not int8, and of activations
  std::vector<Rule> rules;
  std::map<std::string, Choice> layers;  ///< by layer name

  bool operator==(const PrecisionPlan&) const = default;
};

/// Reads a plan. `origin` names the text in errors. Throws Error(input) naming key and line.
PrecisionPlan parse_plan(std::string_view json, std::string_view origin);
/// One rule a line, stable order. parse_plan(format_plan(p)) == p.
std::string format_plan(const PrecisionPlan& plan);
/// Compact JSON with sorted keys, as exports carry it.
std::string compact_plan(const PrecisionPlan& plan);

/// Built-in plans: "seed", "seed-start", "all-int8", "linear-only", "vocoder-only", "all-base".
/// Throws Error(usage) for another name.
PrecisionPlan preset(std::string_view name, Precision base, bool include_tokenizer);
const std::vector<std::string>& preset_names();

/// What is done with one layer, and why.
struct Resolution {
  Precision requested = Precision::fp32;
  Precision effective = Precision::fp32;
  Method method = Method::weight_only;
  std::string reason;  ///< a sentence a user can act on
};

/// A plan applied to a layer table.
struct ResolvedPlan {
  PrecisionPlan plan;
  std::vector<Resolution> layers;     ///< parallel to the layer table
  std::vector<std::string> warnings;  ///< such as rules that match nothing
};

/// Applies `plan`. Throws Error(input) for a name under `layers` that no layer has.
ResolvedPlan resolve(const PrecisionPlan& plan, const LayerTable& layers);

/// The plan that keeps every layer as the checkpoint stores it (for an export: the plan it carries).
PrecisionPlan stored_plan(const LayerTable& layers, const std::map<std::string, std::string>& metadata);

}  // namespace octet
