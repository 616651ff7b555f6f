#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace octet {

/// By how much a measure may be worse than it is between two draws of noise, in its unit, in the mean over
/// clips; where two-sided, also how far its score may lie below 0, as less of it is a change, too.
struct Threshold {
  std::string measure;   ///< an id of core/metrics/table.h
  double inaudible = 0;  ///< certainly less: no change is heard
  double broken = 0;     ///< certainly more: the plan is broken
  bool two_sided = false;

  bool operator==(const Threshold&) const = default;
};

/// A measure that verdicts are not given by, and why.
struct NotJudged {
  std::string measure;
  std::string why;

  bool operator==(const NotJudged&) const = default;
};

/// What verdicts are given by (docs/formats.md, "Thresholds").
struct Thresholds {
  double error = 0.05;  ///< how often all verdicts of a study together may be wrong
  std::vector<Threshold> measures;
  std::vector<NotJudged> not_judged = {};

  bool operator==(const Thresholds&) const = default;
};

/// Throws Error(input) naming origin and key.
Thresholds parse_thresholds(std::string_view json, std::string_view origin);

/// The file that Octet comes with, resources/thresholds.json.
std::filesystem::path thresholds_file();
Thresholds read_thresholds(const std::filesystem::path& path);

}  // namespace octet
