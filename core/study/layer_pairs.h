#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/study/sensitivity.h"

namespace octet {

/// Layers that are put together, two at a time: those of one kind of damage with each other.
struct PairsQuestion {
  struct Layer {
    std::string name;
    Choice choice;  ///< what it is stored as; what is protected is forced
  };
  Precision base = Precision::fp32;  ///< of all other layers
  std::vector<Layer> layers;         ///< each once, in the layer table's order
  std::shared_ptr<const Calibration> calibration = {};
};

/// What a study of pairs is of: all that its figures depend on.
struct PairsSubject : StudySubject {
  PairsQuestion question;
  std::string calibration_sha256 = {};  ///< empty where there is none
};

/// Two layers that are stored in another way together.
struct PairDamage {
  std::string first, second;
  DamageKind kind = DamageKind::mel;
  double damage = 0;    ///< mean over clips; NaN where a clip could not be made
  double expected = 0;  ///< of independent errors: the root of the sum of the squares of the layers' damages
  /// The cosine of the two layers' errors, those of all clips end to end: (d12² - d1² - d2²) / (2 d1 d2) of
  /// their lengths, which holds where errors add up as vectors do. 0: independent; 1: each makes the other's
  /// as much worse as it can; below 0 they cancel out. The numerator is the cross-layer term of CLADO (Deng
  /// et al., DAC 2025, arXiv 2307.05657), of squared errors. NaN where one of the layers does nothing.
  double interaction = 0;
  std::vector<double> clips = {};
  std::string fault = {};  ///< why there is no damage
};

struct LayerPairs {
  PairsSubject subject;
  std::vector<std::string> warnings;  ///< what has to be known of the inputs
  std::vector<SkippedClip> skipped;
  std::size_t entries = 0;          ///< layers and pairs, when it is done
  std::vector<LayerDamage> layers;  ///< those that are done, in the table's order: each alone comes first
  std::vector<PairDamage> pairs;    ///< then those that are done of the first with all others, …
};

/// Of the layers of a study that `glob` matches, the `most` of each kind that damage most, as they are stored
/// where they do. Only kinds whose damage is the length of an error (mel, spectrum). Adds a warning for each
/// reason why others are left out. Throws Error(input) where none is called so or the checkpoint has not got
/// one, Error(usage) where not even two of one kind are left.
std::vector<PairsQuestion::Layer> layers_to_pair(const Sensitivity& study, const LayerTable& layers,
                                                 const std::string& glob, std::size_t most,
                                                 std::vector<std::string>& warnings);

/// A study whose layers and pairs are to be measured (core/study/pair_sweep.h). Throws Error(usage) where a
/// layer cannot be stored as it is asked to.
LayerPairs begin_pairs(const Engine& engine, const PairsQuestion& question, const HeardClips& heard);

/// Indices of the layers in each pair, in the order of a study.
std::vector<std::pair<std::size_t, std::size_t>> pairs_of(const std::vector<DamageKind>& kinds);

/// As PairDamage has it, of damages by clip.
double interaction_of(const std::vector<double>& first, const std::vector<double>& second,
                      const std::vector<double>& both);

/// How far from independence the pairs of a kind are.
struct InteractionSpread {
  std::size_t pairs = 0;  ///< that have an interaction
  double least = 0, median = 0, most = 0;
};
/// None where no pair of the kind has an interaction.
std::optional<InteractionSpread> interaction_spread(const LayerPairs& study, DamageKind kind);

}  // namespace octet
