#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>

#include "core/checkpoint/calibration.h"
#include "core/error.h"
#include "core/plan/glob.h"
#include "core/plan/layer_role.h"
#include "core/plan/plan.h"
#include "core/plan/range_guard.h"
#include "core/quant/methods.h"

namespace octet {
namespace {

constexpr std::array<std::string_view, 4> kComponents{"tokenizer", "speaker_encoder", "flow", "mel2wav"};

/// "plan.json: line 7: " where the place is known.
std::string prefix(const PlanPlace& place) {
  return place.line > 0 ? fmt::format("{}: line {}: ", place.origin, place.line) : "";
}

/// A name or pattern as messages have it.
std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 200;
  return std::string(text.substr(0, kMost)) + (text.size() > kMost ? "…" : "");
}

/// Components of the model that `layers` has nothing of, each as "name.".
std::vector<std::string> lacking_components(const LayerTable& layers) {
  std::vector<std::string> lacking;
  for (const auto component : kComponents)
    if (std::none_of(layers.begin(), layers.end(), [&](const Layer& l) { return l.component == component; }))
      lacking.push_back(std::string(component) + ".");
  return lacking;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

/// As a question; empty for a name that is far too long to be misspelt.
std::string suggestion(std::string_view name, const LayerTable& layers) {
  constexpr std::size_t kLongest = 200;
  if (name.size() > kLongest) return {};
  const auto nearest = std::min_element(layers.begin(), layers.end(), [&](const Layer& a, const Layer& b) {
    return edit_distance(name, a.name) < edit_distance(name, b.name);
  });
  return nearest == layers.end() ? "" : fmt::format("did you mean \"{}\"?", nearest->name);
}

/// What a plan says about one layer.
struct Request {
  const Choice* choice = nullptr;  ///< the rule or override that decides; none when nothing matched
  std::string said_by;             ///< in words
  Precision base;                  ///< what the plan gives the layer when int8 is left aside
  bool base_forced = false;
};

/// Whether a file has the layer as this recipe makes it, by whichever calibration.
bool is_made(const Layer& layer, const Recipe& recipe) {
  return layer.stored == Precision::int8 && layer.method == recipe.method &&
         (recipe.options == layer.options ||
          traits_of(recipe.method).calibrated(layer.options, "") == recipe.options);
}

/// A weight in `storage` beside other tensors in `base`, made as `choice` says.
Recipe recipe_of(Precision storage, Precision base, const Choice* choice, const Layer& layer,
                 const Calibration* calibration) {
  if (storage != Precision::int8) return floating_recipe(storage);
  Recipe recipe{.storage = storage,
                .base = base,
                .method = choice->method,
                .options = spelled_options(choice->method, choice->options)};
  if (!needs_calibration(recipe)) return recipe;
  if (is_made(layer, recipe))
    recipe.options = layer.options;
  else if (calibration)
    recipe.options = traits_of(recipe.method).calibrated(recipe.options, calibration->sha256());
  return recipe;
}

/// Sentences about layers whose methods are not for them, with how many there are.
void add_doubts(ResolvedPlan& resolved, const LayerTable& layers) {
  std::map<std::string, int> doubts;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& recipe = resolved.layers[i].effective;
    if (recipe.storage != Precision::int8) continue;
    if (auto doubt = traits_of(recipe.method).doubt(layers[i], recipe.options); !doubt.empty())
      ++doubts[doubt];
  }
  for (const auto& [doubt, count] : doubts)
    resolved.warnings.push_back(
        fmt::format("{}: {}", count == 1 ? "1 layer" : fmt::format("{} layers", count), doubt));
}

/// Why a layer cannot be made by `recipe`, for which `choice` asks, with what is there; as the end of a
/// sentence; empty where it can.
std::string lack_of_calibration(const Recipe& recipe, const Choice* choice, const Layer& layer,
                                const Calibration* calibration) {
  if (!needs_calibration(recipe) || is_made(layer, recipe)) return {};
  if (!calibration)
    return fmt::format("{} needs a calibration, and none is given (octet calibrate makes one)",
                       to_string(recipe.method));
  const auto& traits = traits_of(recipe.method);
  const auto pinned = traits.spelled(choice->options);
  if (pinned != traits.calibrated(pinned, "") && pinned != recipe.options)
    return "the plan asks for another calibration than the one that is given";
  return calibration->has(layer.name) ? "" : "the calibration has nothing of it";
}

Resolution resolve_layer(const Layer& layer, const Request& request, const Calibration* calibration) {
  const LayerRole role = role_of(layer);
  const bool forced = request.choice && request.choice->force;
  const auto wanted = request.choice ? request.choice->precision : request.base;

  const auto base = request.base_forced ? request.base : nearest_permitted(role.protection, request.base);
  Resolution result{recipe_of(wanted, request.base, request.choice, layer, calibration),
                    floating_recipe(base)};

  if (layer.type == LayerType::buffer) {
    result.effective = floating_recipe(layer.stored);
    result.reason = fmt::format("kept {}: {}", to_string(layer.stored), role.why);
    return result;
  }
  const bool allowed = permits(role.protection, wanted);
  if (wanted == Precision::int8 && !layer.quantizable()) {
    result.reason = fmt::format("kept {}: a {} has no weight matrix that int8 could hold", to_string(base),
                                to_string(layer.type));
  } else if (const auto refusal =
                 wanted == Precision::int8 && request.choice
                     ? traits_of(request.choice->method).refusal(layer, request.choice->options)
                     : "";
             !refusal.empty()) {
    result.reason = fmt::format("kept {}: {}", to_string(base), refusal);
  } else if (!allowed && !forced) {
    result.reason = fmt::format("kept {}: {}{}", to_string(base), role.why,
                                request.choice ? " (\"force\" overrides this)" : "");
  } else {
    result.effective = recipe_of(wanted, base, request.choice, layer, calibration);
    if (!request.choice)
      result.reason = fmt::format("base {}: {}", to_string(wanted), role.why);
    else if (!request.choice->reason.empty())
      result.reason = fmt::format("{}: {}", to_string(wanted), request.choice->reason);
    else if (!allowed)
      result.reason = fmt::format("{} by force, although {}", to_string(wanted), role.why);
    else
      result.reason = fmt::format("{}: {}", to_string(wanted), request.said_by);
  }
  return result;
}

}  // namespace

ResolvedPlan resolve(const PrecisionPlan& plan, const LayerTable& layers,
                     std::shared_ptr<const Calibration> calibration) {
  ResolvedPlan resolved{.plan = plan, .layers = {}, .warnings = {}, .calibration = std::move(calibration)};
  const auto lacking = lacking_components(layers);

  std::set<std::string_view> names;
  for (const auto& layer : layers) names.insert(layer.name);
  for (const auto& [name, choice] : plan.layers) {
    if (names.contains(name)) continue;
    const auto absent =
        std::find_if(lacking.begin(), lacking.end(),
                     [&, &n = name](const std::string& component) { return n.starts_with(component); });
    if (absent == lacking.end())
      throw Error(ErrorKind::input,
                  fmt::format("{}no layer is named \"{}\"", prefix(choice.place), shown(name)),
                  suggestion(name, layers));
    resolved.warnings.push_back(fmt::format("{}\"{}\" is ignored: this checkpoint has no {}",
                                            prefix(choice.place), shown(name),
                                            absent->substr(0, absent->size() - 1)));
  }

  std::vector<Glob> globs;
  globs.reserve(plan.rules.size());
  for (const auto& rule : plan.rules) globs.emplace_back(rule.match);
  std::vector<bool> matched(plan.rules.size(), false);
  std::map<Method, int> uncalibrated;  // how many layers lack what their method needs

  for (const auto& layer : layers) {
    Request request{.choice = nullptr, .said_by = {}, .base = plan.base, .base_forced = false};
    const auto apply = [&](const Choice& choice) {
      request.choice = &choice;
      if (choice.precision == Precision::int8) return;
      request.base = choice.precision;
      request.base_forced = choice.force;
    };
    for (std::size_t i = 0; i < plan.rules.size(); ++i) {
      const auto& rule = plan.rules[i];
      if ((rule.type && *rule.type != layer.type) || !globs[i].matches(layer.name)) continue;
      matched[i] = true;
      apply(rule.choice);
      request.said_by = fmt::format("asked for by the rule \"{}\"", shown(rule.match));
    }
    if (const auto it = plan.layers.find(layer.name); it != plan.layers.end()) {
      apply(it->second);
      request.said_by = "set for this layer";
    }
    auto& [requested, effective, reason] =
        resolved.layers.emplace_back(resolve_layer(layer, request, resolved.calibration.get()));
    const auto lack = lack_of_calibration(effective, request.choice, layer, resolved.calibration.get());
    if (lack.empty()) continue;
    ++uncalibrated[effective.method];
    reason = fmt::format("kept {}: {}", to_string(effective.base), lack);
    effective = floating_recipe(effective.base);
  }

  for (const auto& [method, count] : uncalibrated)
    resolved.warnings.push_back(fmt::format("{} of the layers that ask for {} {} not int8: {}", count,
                                            to_string(method), count == 1 ? "is" : "are",
                                            resolved.calibration
                                                ? "octet plan show PLAN CKPT says why, layer by layer"
                                                : "it needs a calibration, and none is given"));

  add_doubts(resolved, layers);
  for (auto& warning : range_warnings(layers, resolved)) resolved.warnings.push_back(std::move(warning));

  std::size_t idle = 0;
  for (std::size_t i = 0; i < plan.rules.size(); ++i) {
    const auto reaches = [&](const std::string& component) { return globs[i].reaches(component); };
    if (matched[i] || std::any_of(lacking.begin(), lacking.end(), reaches)) continue;
    ++idle;
    const auto& rule = plan.rules[i];
    const auto type = rule.type ? fmt::format(" of type {}", to_string(*rule.type)) : "";
    resolved.warnings.push_back(fmt::format("{}the rule \"{}\" matches no layer{}", prefix(rule.choice.place),
                                            shown(rule.match), type));
  }
  resolved.empty = idle > 0 && idle == plan.rules.size() && plan.layers.empty();
  return resolved;
}

}  // namespace octet
