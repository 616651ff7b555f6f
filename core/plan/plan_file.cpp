#include "core/plan/plan_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "core/error.h"
#include "core/plan/glob.h"
#include "core/plan/lined_json.h"
#include "core/quant/methods.h"

namespace octet {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view kFormat = "octet-plan";
constexpr int kVersion = 1;

std::vector<std::string_view> precision_names() {
  return {to_string(Precision::fp32), to_string(Precision::bf16), to_string(Precision::fp16),
          to_string(Precision::int8)};
}

std::vector<std::string_view> method_names() {
  return {to_string(Method::weight_only), to_string(Method::dynamic), to_string(Method::llm_int8),
          to_string(Method::gptq), to_string(Method::adaround)};
}

std::vector<std::string_view> type_names() {
  std::vector<std::string_view> names;
  for (int type = 0; type <= static_cast<int>(LayerType::buffer); ++type)
    names.push_back(to_string(static_cast<LayerType>(type)));
  return names;
}

std::optional<LayerType> type_from(std::string_view name) {
  const auto names = type_names();
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) return std::nullopt;
  return static_cast<LayerType>(it - names.begin());
}

class PlanReader {
 public:
  explicit PlanReader(std::string_view origin) : origin_(origin) {}

  PrecisionPlan read(std::string_view text) const {
    const auto root = parse_lined_json(text, origin_);
    expect_object(root, "a plan");
    // What is no plan at all is said before what is wrong in a plan.
    if (const auto* format = root.find("format"); !format || string_of(*format) != kFormat)
      fail(format ? format->line : root.line, fmt::format("not a plan: \"format\" must be \"{}\"", kFormat));
    const auto* version = root.find("version");
    if (!version) fail(root.line, "\"version\" is missing");
    if (version->value.scalar != json(kVersion))
      fail(version->line, fmt::format("\"version\" must be {}", kVersion),
           "this plan needs another version of Octet");
    check_keys(root, "a plan", {"format", "version", "name", "base", "rules", "layers"});

    PrecisionPlan plan;
    if (const auto* name = root.find("name")) plan.name = string_of(*name);
    if (const auto* base = root.find("base")) plan.base = base_of(*base);
    if (const auto* rules = root.find("rules")) {
      if (rules->value.kind != LinedJson::Kind::array) fail(rules->line, "\"rules\" must be a list of rules");
      for (const auto& rule : rules->value.elements) plan.rules.push_back(rule_of(rule));
    }
    if (const auto* layers = root.find("layers")) {
      expect_object(layers->value, "\"layers\"");
      for (const auto& member : layers->value.members) {
        const auto what = fmt::format("\"{}\"", member.key);
        expect_object(member.value, what);
        check_keys(member.value, what, {"precision", "method", "options", "force", "reason"});
        plan.layers.emplace(member.key, choice_of(member.value, what, member.line));
      }
    }
    return plan;
  }

 private:
  [[noreturn]] void fail(int line, const std::string& what, const std::string& hint = {}) const {
    throw Error(ErrorKind::input, fmt::format("{}: line {}: {}", origin_, line, what), hint);
  }

  void expect_object(const LinedJson& value, std::string_view what) const {
    if (value.kind != LinedJson::Kind::object)
      fail(value.line, fmt::format("{} must be an object {{…}}", what));
  }

  void check_keys(const LinedJson& object, std::string_view what,
                  const std::vector<std::string_view>& known) const {
    for (const auto& member : object.members)
      if (std::find(known.begin(), known.end(), member.key) == known.end())
        fail(member.line, fmt::format("unknown key \"{}\" in {}", member.key, what),
             fmt::format("known keys: {}", fmt::join(known, ", ")));
  }

  std::string string_of(const LinedMember& member) const {
    if (!member.value.scalar.is_string()) fail(member.line, fmt::format("\"{}\" must be a text", member.key));
    return member.value.scalar.get<std::string>();
  }

  /// The value of `member` as `from` knows it; `names` are those it may have.
  template <typename From>
  auto named(const LinedMember& member, From from, const std::vector<std::string_view>& names) const {
    const auto name = string_of(member);
    const auto value = from(name);
    if (!value)
      fail(member.line, fmt::format("\"{}\": unknown {} \"{}\"", member.key, member.key, name),
           fmt::format("known: {}", fmt::join(names, ", ")));
    return *value;
  }

  Precision base_of(const LinedMember& member) const {
    const auto base = named(member, precision_from, precision_names());
    if (base == Precision::int8) fail(member.line, "\"base\" cannot be int8", "base is fp32, bf16 or fp16");
    return base;
  }

  /// Those of methods that are only names are kept as they are.
  std::string options_of(const LinedMember& member, Method method) const {
    if (member.value.members.empty()) return {};
    const auto text = member.value.plain().dump();
    try {
      return spelled_options(method, text);
    } catch (const Error& error) {
      fail(member.line, error.what(), error.hint());
    }
  }

  Choice choice_of(const LinedJson& object, std::string_view what, int line) const {
    const auto* precision = object.find("precision");
    if (!precision) fail(line, fmt::format("\"precision\" is missing in {}", what));
    Choice choice{.precision = named(*precision, precision_from, precision_names())};
    choice.place = {.origin = std::string(origin_), .line = line};
    if (const auto* method = object.find("method"))
      choice.method = named(*method, method_from, method_names());
    if (const auto* options = object.find("options")) {
      expect_object(options->value, "\"options\"");
      choice.options = options_of(*options, choice.method);
    }
    if (const auto* force = object.find("force")) {
      if (!force->value.scalar.is_boolean()) fail(force->line, "\"force\" must be true or false");
      choice.force = force->value.scalar.get<bool>();
    }
    if (const auto* reason = object.find("reason")) choice.reason = string_of(*reason);
    return choice;
  }

  Rule rule_of(const LinedJson& object) const {
    expect_object(object, "a rule");
    check_keys(object, "a rule", {"match", "type", "precision", "method", "options", "force", "reason"});
    const auto* match = object.find("match");
    if (!match) fail(object.line, "\"match\" is missing in a rule");
    Rule rule{.match = string_of(*match)};
    try {
      Glob{rule.match};
    } catch (const Error& error) {
      fail(match->line, fmt::format("\"match\": {}", error.what()), error.hint());
    }
    if (const auto* type = object.find("type")) rule.type = named(*type, type_from, type_names());
    rule.choice = choice_of(object, "a rule", object.line);
    return rule;
  }

  std::string_view origin_;
};

/// What is at its default is left out, so that a plan reads as people write it.
void write_choice(ordered_json& object, const Choice& choice) {
  object["precision"] = to_string(choice.precision);
  if (choice.method != Method::weight_only) object["method"] = to_string(choice.method);
  if (!choice.options.empty()) object["options"] = ordered_json::parse(choice.options);
  if (choice.force) object["force"] = true;
  if (!choice.reason.empty()) object["reason"] = choice.reason;
}

ordered_json rule_object(const Rule& rule) {
  ordered_json object;
  object["match"] = rule.match;
  if (rule.type) object["type"] = to_string(*rule.type);
  write_choice(object, rule.choice);
  return object;
}

ordered_json override_object(const Choice& choice) {
  ordered_json object;
  write_choice(object, choice);
  return object;
}

/// On one line, with a space after each colon and comma outside texts.
std::string one_line(const ordered_json& value) {
  if (value.is_object() || value.is_array()) {
    std::vector<std::string> parts;
    for (const auto& [key, element] : value.items())
      parts.push_back(value.is_object() ? one_line(key) + ": " + one_line(element) : one_line(element));
    return fmt::format(fmt::runtime(value.is_object() ? "{{{}}}" : "[{}]"), fmt::join(parts, ", "));
  }
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

PrecisionPlan parse_plan(std::string_view json, std::string_view origin) {
  return PlanReader(origin).read(json);
}

std::string rule_line(const Rule& rule) { return one_line(rule_object(rule)); }

std::string override_line(const std::string& layer, const Choice& choice) {
  return one_line(layer) + ": " + one_line(override_object(choice));
}

std::string format_plan(const PrecisionPlan& plan) {
  std::vector<std::string> rules, layers;
  rules.reserve(plan.rules.size());
  layers.reserve(plan.layers.size());
  for (const auto& rule : plan.rules) rules.push_back("\n  " + rule_line(rule));
  for (const auto& [name, choice] : plan.layers) layers.push_back("\n  " + override_line(name, choice));
  return fmt::format("{{\"format\": \"{}\", \"version\": {}, \"name\": {}, \"base\": \"{}\",\n", kFormat,
                     kVersion, one_line(plan.name), to_string(plan.base)) +
         fmt::format(" \"rules\": [{}],\n \"layers\": {{{}}}}}\n", fmt::join(rules, ","),
                     fmt::join(layers, ","));
}

std::string compact_plan(const PrecisionPlan& plan) {
  json object{{"format", kFormat},      {"version", kVersion},
              {"name", plan.name},      {"base", to_string(plan.base)},
              {"rules", json::array()}, {"layers", json::object()}};
  for (const auto& rule : plan.rules) object["rules"].push_back(json(rule_object(rule)));
  for (const auto& [name, choice] : plan.layers) object["layers"][name] = json(override_object(choice));
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace octet
