#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics/report.h"
#include "core/study/thresholds.h"

namespace octet {

enum class Verdict {
  no_audible_change,  ///< certainly within what is inaudible, by every measure
  listen,             ///< neither
  broken,             ///< certainly beyond what is broken, by some measure
};

std::string_view to_string(Verdict verdict);  // "no-audible-change", "listen", "broken"

/// One clip's scores: of a plan, and of two draws of noise (the A/A floor), both against the reference.
struct PairedScores {
  std::vector<Score> plan;
  std::vector<Score> floor;
};

/// What a report has of one of its runs but the first. The first floor of a clip is other noise
/// (ClipComparison); clips without one are left out.
std::vector<PairedScores> paired_scores(const Report& report, std::size_t run);

/// How much worse than its floor a plan is by one measure, in the mean over clips.
struct Finding {
  std::string measure;
  int clips = 0;     ///< where it is defined, for plan and floor
  double worse = 0;  ///< the mean; NaN with no clip
  double low = 0;    ///< its 95 % interval
  double high = 0;
  /// Two-sided: what the mean of the score itself is certainly above, at 97.5 %; else NaN.
  double least = std::numeric_limits<double>::quiet_NaN();
  Verdict verdict = Verdict::listen;
  /// About how many clips that vary as these do would decide; 0 where it is decided, or where the mean lies
  /// between inaudible and broken, which more clips do not change.
  int clips_needed = 0;
  /// About the smallest mean by which a plan would have been told from the floor in four cases of five, at
  /// the verdict's error: of clips that vary as these do. NaN of one clip.
  double detectable = std::numeric_limits<double>::quiet_NaN();
  /// How far the plan's own scores are from those of the reference against itself (score_of_itself), in the
  /// mean of sizes, and those of two draws of noise; NaN where a measure has no such value.
  double change = std::numeric_limits<double>::quiet_NaN();
  double floor_change = std::numeric_limits<double>::quiet_NaN();
  /// Not worse than the floor, and yet further from the reference than what nobody hears: two draws of noise
  /// are so far apart by this measure that it cannot show what may be heard side by side.
  bool cannot_tell = false;
};

struct Judgement {
  Verdict verdict = Verdict::listen;
  std::vector<Finding> findings;  ///< by threshold, in the file's order
};

/// By how much a plan's score is worse than the floor's, in the measure's unit; NaN where it is not defined.
double worse_than_floor(std::string_view measure, const std::vector<Score>& plan,
                        const std::vector<Score>& floor);

/// A plan's verdict by `thresholds`, one of `plans` that are judged at once. Being inaudible is shown, not
/// taken from a difference that is missing, by one-sided tests (as in TOST: Schuirmann 1987) with the
/// bootstrap over clips: the plan is not worse than the floor by `inaudible`; and where two-sided, its score,
/// a difference from the reference, not below -`inaudible`. The floor of such a score is no middle: in what
/// are the reference's pauses, another take is louder. As many plans share the error alike (Bonferroni), and
/// as many measures, and sides, that of being broken; inaudible needs all, which needs no share. Fewer than
/// kFewestClips (core/study/bootstrap.h) are never more than something to listen to.
Judgement judge(std::span<const PairedScores> clips, const Thresholds& thresholds, int plans);

}  // namespace octet
