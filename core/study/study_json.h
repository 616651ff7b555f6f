#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/study/study_subject.h"

namespace octet {

// What the result files of studies (docs/formats.md) have in common. Keys in a fixed order; the library
// writes a NaN as null.

using StudyJson = nlohmann::ordered_json;

/// On one line. What is not UTF-8, as names of files may be, becomes so.
std::string line(const StudyJson& json);

/// ,"key": and a list with a line for each of its entries, which `make` makes JSON.
template <typename Entries, typename Make>
std::string lines(const char* key, const Entries& entries, const Make& make) {
  std::string text = fmt::format(",\n \"{}\": [", key);
  const char* before = "\n  ";
  for (const auto& entry : entries) {
    text += before + line(make(entry));
    before = ",\n  ";
  }
  return text + "]";
}

/// The list "skipped".
std::string skipped_lines(const std::vector<SkippedClip>& skipped);
std::vector<SkippedClip> skipped_of(const StudyJson& list);

/// The keys that all studies have.
StudyJson subject_json(const StudySubject& subject);
/// Keys that are missing are as in no subject. Throws as the library does.
StudySubject study_subject_of(const StudyJson& json);

/// Throws Error(usage) naming the first key of `asked` that is another in `found`, and as the library does
/// where it is missing; `origin` names the file that `found` was read from.
void require_same_subject(const StudyJson& asked, const StudyJson& found, std::string_view origin);

/// Throws Error(input): `origin` is no such file. `format`: "octet-validation".
[[noreturn]] void refuse_study(std::string_view origin, std::string_view format);

}  // namespace octet
