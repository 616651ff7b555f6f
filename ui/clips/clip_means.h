#pragma once

#include <QString>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ui/measures/scored_run.h"

namespace octet::ui {

/// The key measures of each run over all clips, with 95 % intervals where there are enough clips. A clip that
/// comes is the only one that is looked at; what is summed up anew are numbers.
class ClipMeans {
 public:
  /// In the place of what the clip had.
  void take(const std::string& clip, const std::vector<ScoredRun>& runs);

  /// "B, mean of 7 clips: Voice 0.9943 ± 0.0036". A line a run; empty where nothing was measured.
  QString text() const;

 private:
  static constexpr std::array<std::string_view, 3> kKeys{"speaker_cosine", "log_spectral_distance",
                                                         "noise_floor_rise_4_8k"};
  using Numbers = std::array<std::map<std::string, double>, kKeys.size()>;  ///< by key, by clip

  struct OfRun {
    QString name;
    Numbers numbers;
  };

  std::set<std::string> clips_;  ///< that were taken
  std::map<int, OfRun> runs_;
};

}  // namespace octet::ui
