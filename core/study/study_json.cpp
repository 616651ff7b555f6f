#include "core/study/study_json.h"

#include "core/error.h"

namespace octet {

std::string line(const StudyJson& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/false, StudyJson::error_handler_t::replace);
}

std::string skipped_lines(const std::vector<SkippedClip>& skipped) {
  return lines("skipped", skipped, [](const SkippedClip& clip) {
    return StudyJson{{"clip", clip.name}, {"reason", clip.reason}};
  });
}

std::vector<SkippedClip> skipped_of(const StudyJson& list) {
  std::vector<SkippedClip> skipped;
  for (const auto& clip : list) skipped.push_back({clip.at("clip"), clip.at("reason")});
  return skipped;
}

StudyJson subject_json(const StudySubject& subject) {
  return {{"octet_version", subject.octet_version},
          {"checkpoint", subject.checkpoint},
          {"checkpoint_sha256", subject.checkpoint_sha256},
          {"device", subject.device},
          {"threads", subject.threads},
          {"steps", subject.steps},
          {"seed", subject.seed},
          {"clips", subject.clips},
          {"clips_sha256", subject.clips_sha256}};
}

StudySubject study_subject_of(const StudyJson& json) {
  return {json.value("octet_version", ""),
          json.value("checkpoint", ""),
          json.value("checkpoint_sha256", ""),
          json.value("device", ""),
          json.value("threads", 0),
          json.value("steps", 0),
          json.value("seed", std::uint64_t{0}),
          json.value("clips", std::vector<std::string>()),
          json.value("clips_sha256", "")};
}

void require_same_subject(const StudyJson& asked, const StudyJson& found, std::string_view origin) {
  // As they are written: names of files need not be UTF-8, JSON is.
  const auto as_asked = StudyJson::parse(line(asked)), as_found = StudyJson::parse(line(found));
  for (const auto& [key, value] : as_asked.items())
    if (as_found.at(key) != value)
      throw Error(ErrorKind::usage, fmt::format("{} is of another study: its {} is another", origin, key),
                  "name another file, or remove this one to begin anew");
}

void refuse_study(std::string_view origin, std::string_view format) {
  throw Error(ErrorKind::input, fmt::format("{} is no {} of version 1", origin, format),
              "name another file, or remove this one");
}

}  // namespace octet
