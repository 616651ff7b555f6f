#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/metrics/clip_comparison.h"

namespace octet {

/// What rounding a layer is held against: the output of the part of the model that it belongs to. All are 0
/// where nothing differs, and are shares of the reference, in no unit.
enum class DamageKind {
  mel,       ///< flow: |mel' - mel| / |mel| after the last Euler step, under the same noise
  spectrum,  ///< mel2wav: |S' - S| / |S| of spectral magnitudes, made of the reference's mel
  tokens,    ///< tokenizer: share of speech tokens of the clip's sound that are others
  voice,     ///< speaker_encoder: 1 - cosine of the embeddings of the clip's sound
};

std::string_view to_string(DamageKind kind);
/// By the layer's component.
DamageKind damage_kind(const Layer& layer);

/// |test - reference| / |reference|, of as many values, summed in fp64 in their order.
double relative_error(std::span<const float> reference, std::span<const float> test);

/// The same of the magnitudes of short-time spectra (Hann window of 1024 samples, every 256), which do not
/// see phase. Where the harmonic source is another, its sines are elsewhere, but as loud.
double spectral_error(std::span<const float> reference, std::span<const float> test);

/// Speaks and hears clips with a plan, and says by how much it differs from a reference under the same noise.
/// Only what lies behind the layers that differ is computed, if the engine has a stage cache. On a GPU a
/// plan that differs in one layer or two is their weights in the place of the reference's, where recorded
/// work reads them (BoundModel::refills): nothing is prepared or recorded anew. Not for several threads.
class DamageMeter {
 public:
  /// Speaks all clips by the reference; they and the engine must outlive it. Throws like Engine::synthesize,
  /// naming the clip.
  DamageMeter(const Engine& engine, const ResolvedPlan& reference, const std::vector<ComparisonClip>& clips,
              const JobControl& control);
  ~DamageMeter();

  struct Damages {
    std::vector<double> clips;  ///< by clip
    /// Of tokens: what the other tokens do to the mel, by clip. Empty for all else.
    std::vector<double> mel = {};
  };
  /// Whether these damages, of the first clips, are enough.
  using Enough = std::function<bool(std::span<const double>)>;
  /// `plan` may differ from the reference in layers of one component, of this kind. Clips are taken in their
  /// order, until it is enough. Throws like Engine::synthesize, and Error(input) for tokens and voices of
  /// clips that no sound is kept of.
  Damages operator()(const ResolvedPlan& plan, DamageKind kind, const JobControl& control,
                     const Enough& enough = {});

  /// The reference, which has been computed with.
  const BoundModel& reference_model() const;

  /// Makes a weight that will be asked for, on a thread of its own, where that is all there is to prepare.
  void expect(std::size_t layer, const Recipe& recipe);

 private:
  struct Spoken;
  class InPlace;
  Damages measured(const BoundModel& model, DamageKind kind, const JobControl& control,
                   const Enough& enough) const;

  const Engine& engine_;
  const std::vector<ComparisonClip>& clips_;
  std::vector<Spoken> references_;
  std::unique_ptr<InPlace> in_place_;  ///< none on the CPU, where preparing a weight is all it takes
  std::shared_ptr<const BoundModel> reference_;  ///< on the CPU
};

}  // namespace octet
