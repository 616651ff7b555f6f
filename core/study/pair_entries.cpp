#include "core/study/pair_entries.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/study/sensitivity_entries.h"

namespace octet {

PairEntries pair_entries(const LayerTable& layers, const PairsQuestion& question) {
  PairEntries entries;
  std::vector<Choice> choices;
  std::vector<DamageKind> kinds;
  for (const auto& [name, choice] : question.layers) {
    std::vector<std::string> refused;
    auto found = entries_of(
        layers,
        {.base = question.base, .layers = name, .choices = {choice}, .calibration = question.calibration},
        refused);
    if (found.size() != 1)
      throw Error(ErrorKind::usage, fmt::format("{} cannot be stored as {}", name, in_words(choice)),
                  choice.precision == Precision::int8 && !question.calibration
                      ? "leave it out, or give the --calibration that the study was made with"
                      : "leave it out");
    const auto place = std::ranges::find(choices, choice);
    found[0].stored.choice = static_cast<std::size_t>(place - choices.begin());
    if (place == choices.end()) choices.push_back(choice);
    entries.all.push_back(swept(found[0]));
    kinds.push_back(found[0].damage.kind);
    entries.layers.push_back(std::move(found[0].damage));
  }
  entries.choices = choices.size();
  entries.pairs = pairs_of(kinds);
  for (const auto& [first, second] : entries.pairs) {
    const auto &a = entries.all[first], &b = entries.all[second];
    entries.all.push_back({{a.layers[0], b.layers[0]}, a.kind, a.name + " and " + b.name});
  }
  return entries;
}

}  // namespace octet
