#include "core/study/sensitivity_entries.h"

#include <fmt/format.h>

#include "core/error.h"
#include "core/plan/edit.h"
#include "core/plan/glob.h"
#include "core/plan/size.h"
#include "core/quant/methods.h"

namespace octet {
namespace {

/// Every layer that may be rounded, asked to be stored so.
ResolvedPlan everywhere(const LayerTable& layers, const SensitivityQuestion& question, Choice choice) {
  auto plan = sensitivity_base(question.base);
  choice.force = true;
  for (const auto& layer : layers)
    if (layer.quantizable()) plan.layers[layer.name] = choice;
  return resolve(plan, layers, question.calibration);
}

}  // namespace

PrecisionPlan sensitivity_base(Precision base) {
  return preset("all-base", base, /*include_tokenizer=*/false);
}

std::string in_words(const Choice& choice) {
  return choice.precision == Precision::int8 ? to_string(MethodVariant{choice.method, choice.options})
                                             : std::string(to_string(choice.precision));
}

std::vector<SensitivityEntry> entries_of(const LayerTable& layers, const SensitivityQuestion& question,
                                         std::vector<std::string>& warnings) {
  const Glob glob(question.layers);
  std::vector<std::size_t> called;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].quantizable() && glob.matches(layers[i].name)) called.push_back(i);
  if (called.empty())
    throw Error(ErrorKind::input,
                fmt::format("no layer whose weight can be rounded is called {}", question.layers),
                "octet inspect CKPT --layers lists the names");

  const auto base = resolve(sensitivity_base(question.base), layers);
  std::vector<ResolvedPlan> asked;
  asked.reserve(question.choices.size());
  for (const auto& choice : question.choices) asked.push_back(everywhere(layers, question, choice));
  std::vector<SensitivityEntry> entries;
  std::vector<int> refused(asked.size());
  for (const auto i : called)
    for (std::size_t j = 0; j < asked.size(); ++j) {
      const auto& choice = question.choices[j];
      const auto& stored = asked[j].layers[i];
      if (stored.effective.storage != choice.precision || stored.effective.method != choice.method)
        ++refused[j];
      else if (stored.effective != base.layers[i].effective)
        entries.push_back(
            {{i, j, stored},
             {layers[i].name, choice, damage_kind(layers[i]), written_bytes(layers[i], stored.effective),
              written_bytes(layers[i], base.layers[i].effective)}});
    }
  for (std::size_t j = 0; j < refused.size(); ++j)
    if (refused[j] > 0)
      warnings.push_back(fmt::format("{} layers do not take {} and are left out", refused[j],
                                     in_words(question.choices[j])));
  return entries;
}

SweepEntry swept(const SensitivityEntry& entry) {
  const auto& damage = entry.damage;
  return {{entry.stored}, damage.kind, fmt::format("{} as {}", damage.layer, in_words(damage.choice))};
}

std::vector<SensitivityEntry> shard_of(const std::vector<SensitivityEntry>& all, const Shard& shard) {
  std::vector<SensitivityEntry> own;
  for (auto i = static_cast<std::size_t>(shard.part - 1); i < all.size();
       i += static_cast<std::size_t>(shard.parts))
    own.push_back(all[i]);
  return own;
}

}  // namespace octet
