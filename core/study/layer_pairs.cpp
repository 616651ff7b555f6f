#include "core/study/layer_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/checkpoint/calibration.h"
#include "core/error.h"
#include "core/kernels/arithmetic.h"
#include "core/plan/glob.h"
#include "core/study/pair_entries.h"

namespace octet {
namespace {

constexpr auto kWhatToDo = "give a --layers that matches more of them, or a study of more layers";

bool is_length(DamageKind kind) { return kind == DamageKind::mel || kind == DamageKind::spectrum; }

/// What is known of a layer of the table.
struct Candidate {
  std::size_t layer;
  const LayerDamage* worst;
};

/// Those that can be put together, each layer once, as it damages most.
std::map<DamageKind, std::vector<Candidate>> candidates_of(const Sensitivity& study, const LayerTable& layers,
                                                           const std::string& called,
                                                           std::vector<std::string>& warnings) {
  const Glob glob(called);
  std::map<std::size_t, const LayerDamage*> worst;
  std::size_t matching = 0, of_other_kinds = 0;
  std::vector<std::string> without;
  for (const auto& entry : study.layers) {
    if (!glob.matches(entry.layer)) continue;
    ++matching;
    const auto found = std::ranges::find(layers, entry.layer, &Layer::name);
    if (found == layers.end())
      throw Error(ErrorKind::input, "the checkpoint has no layer " + entry.layer,
                  "measure the sensitivity of this checkpoint");
    if (!is_length(damage_kind(*found)))
      ++of_other_kinds;
    else if (!(entry.damage > 0))
      without.push_back(entry.fault.empty() ? entry.layer : entry.layer + " (" + entry.fault + ")");
    else if (auto& kept = worst[static_cast<std::size_t>(found - layers.begin())];
             !kept || kept->damage < entry.damage)
      kept = &entry;
  }
  if (matching == 0)
    throw Error(ErrorKind::input, fmt::format("the study has no layer that is called {}", called),
                "give a --layers that matches some of it");
  if (of_other_kinds > 0)
    warnings.push_back(
        fmt::format("{} of tokenizer and speaker_encoder are left out: what they do is no length of an error",
                    of_other_kinds));
  if (!without.empty())
    warnings.push_back(
        fmt::format("{} without a damage are left out, such as {}", without.size(), without.front()));
  std::map<DamageKind, std::vector<Candidate>> kinds;
  for (const auto& [layer, entry] : worst) kinds[damage_kind(layers[layer])].push_back({layer, entry});
  return kinds;
}

}  // namespace

std::vector<PairsQuestion::Layer> layers_to_pair(const Sensitivity& study, const LayerTable& layers,
                                                 const std::string& glob, std::size_t most,
                                                 std::vector<std::string>& warnings) {
  std::vector<Candidate> chosen;
  for (auto& [kind, candidates] : candidates_of(study, layers, glob, warnings)) {
    std::ranges::stable_sort(candidates, std::greater(),
                             [](const Candidate& one) { return one.worst->damage; });
    if (candidates.size() > most) candidates.resize(most);
    if (candidates.size() > 1)
      chosen.insert(chosen.end(), candidates.begin(), candidates.end());
    else
      warnings.push_back(fmt::format("{} is left out: it is the only layer of its kind, {}",
                                     candidates.front().worst->layer, to_string(kind)));
  }
  if (chosen.empty())
    throw Error(ErrorKind::usage, "there are no two layers of one kind (mel, spectrum) that have a damage",
                kWhatToDo);
  std::ranges::sort(chosen, {}, &Candidate::layer);
  std::vector<PairsQuestion::Layer> named;
  named.reserve(chosen.size());
  for (const auto& [layer, worst] : chosen) named.push_back({layers[layer].name, worst->choice});
  return named;
}

LayerPairs begin_pairs(const Engine& engine, const PairsQuestion& question, const HeardClips& heard) {
  configure_arithmetic(engine.device().threads);
  LayerPairs begun;
  static_cast<StudySubject&>(begun.subject) = subject_of(engine, heard.clips);
  begun.subject.question = question;
  if (question.calibration) begun.subject.calibration_sha256 = question.calibration->sha256();
  begun.skipped = heard.skipped;
  begun.entries = pair_entries(engine.checkpoint().layers(), question).all.size();
  return begun;
}

std::vector<std::pair<std::size_t, std::size_t>> pairs_of(const std::vector<DamageKind>& kinds) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < kinds.size(); ++i)
    for (std::size_t j = i + 1; j < kinds.size(); ++j)
      if (kinds[i] == kinds[j]) pairs.emplace_back(i, j);
  return pairs;
}

double interaction_of(const std::vector<double>& first, const std::vector<double>& second,
                      const std::vector<double>& both) {
  const auto squares = [](const std::vector<double>& damages) {
    double sum = 0;
    for (const auto damage : damages) sum += damage * damage;
    return sum;
  };
  const auto a = squares(first), b = squares(second);
  return (squares(both) - a - b) / (2 * std::sqrt(a * b));
}

std::optional<InteractionSpread> interaction_spread(const LayerPairs& study, DamageKind kind) {
  std::vector<double> sorted;
  for (const auto& pair : study.pairs)
    if (pair.kind == kind && std::isfinite(pair.interaction)) sorted.push_back(pair.interaction);
  if (sorted.empty()) return {};
  std::ranges::sort(sorted);
  const auto half = sorted.size() / 2;
  const auto median = sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  return InteractionSpread{sorted.size(), sorted.front(), median, sorted.back()};
}

}  // namespace octet
