#include "ui/study/study_speech.h"

#include <span>

#include "core/atomic_file.h"

namespace octet::ui {

HeardSpeech heard_speech(const Engine& engine, Precision base, double seconds, const StudySettings& settings,
                         const std::function<ClipFolder()>& read, const JobControl& control) {
  auto speech = read();
  for (auto& clip : speech.clips) {
    clip.request.seed = settings.seed;
    if (settings.steps != 0) clip.request.steps = settings.steps;
  }
  auto heard = heard_in_base(engine, base, speech.clips, seconds, control);
  heard.skipped.insert(heard.skipped.begin(), speech.skipped.begin(), speech.skipped.end());
  return {std::move(heard), std::move(speech.warnings)};
}

void write_study(const std::filesystem::path& result, const std::string& text) {
  write_file_atomically(result, [&](const ByteSink& sink) { sink(std::as_bytes(std::span(text))); });
}

}  // namespace octet::ui
