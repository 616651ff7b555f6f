// What of the workbench a session keeps, and what becomes of one that is opened.

#include <algorithm>
#include <iterator>

#include "ui/workbench/workbench.h"

namespace octet::ui {

Session Workbench::session() const {
  Session session;
  if (checkpoint_) session.checkpoint = checkpoint_->path();
  session.checkpoint_sha256 = checkpoint_sha256_.empty() ? restored_.checkpoint_sha256 : checkpoint_sha256_;
  session.calibration = calibration_file_;
  for (const auto& slot : plan_slots_) {
    const auto known = std::ranges::find(restored_.plans, slot.name().toStdString(), &SessionPlan::slot);
    session.plans.push_back({slot.name().toStdString(), slot.editor->plan(),
                             known == restored_.plans.end() ? UnknownKeys::object() : known->other});
  }
  if (!plan_slots_.empty()) session.current_slot = slot_name(current_slot_).toStdString();
  session.other = restored_.other;
  session.listening_tests = listening_tests_;
  const auto file = [](const QString& name, const std::filesystem::path& path, const auto& before) {
    SessionFile made{name.toStdString(), path};
    const auto known = std::ranges::find(before, made.path, &SessionFile::path);
    if (known != before.end()) made.other = known->other;
    return made;
  };
  for (const auto& clip : clips_) session.clips.push_back(file(clip.name, clip.path, restored_.clips));
  if (current_clip_ >= 0)
    session.current_clip = clips_[static_cast<std::size_t>(current_clip_)].name.toStdString();
  for (const auto& voice : voices_)
    if (!voice.path.empty()) session.voices.push_back(file(voice.name, voice.path, restored_.voices));
  session.current_voice = stored_name(settings_.voice).toStdString();
  for (const auto& [path, of_clip] : runs_.all())
    for (const auto& [slot, runs] : of_clip) {
      const auto& key = runs.front()->key;
      session.runs.push_back({slot_name(slot).toStdString(), runs.front()->clip.toStdString(),
                              runs.front()->voice.toStdString(), key.steps, key.seed});
    }
  // Those that were not made again are still what it had.
  std::ranges::copy_if(restored_.runs, std::back_inserter(session.runs), [this](const SessionRun& run) {
    const auto slot = slot_called(run.slot);
    const auto clip = clip_called(clips_, run.clip);
    return clip != clips_.end() && slot && *slot < static_cast<int>(plan_slots_.size()) &&
           runs_.of(clip->path, *slot).empty();
  });
  session.steps = settings_.steps;
  session.seed = settings_.seed;
  session.device = settings_.device.toStdString();
  session.threads = settings_.threads;
  return session;
}

void Workbench::keepBlindTest(const BlindTest& test) {
  blind_tests_.push_back(test);
  listening_tests_.push_back(nlohmann::json::parse(to_json(test, session().checkpoint_sha256)));
  Q_EMIT blindTestsChanged();
}

void Workbench::sayWhatIsMissing(const Document& document) {
  if (!document.missing.empty())
    Q_EMIT problem(
        tr("%n files of the session are not there: %1", nullptr, static_cast<int>(document.missing.size()))
            .arg(QString::fromStdString(document.missing.front().string())),
        tr("put them back, or choose others"));
  else if (!document.session.runs.empty())
    Q_EMIT runsRestored(static_cast<int>(document.session.runs.size()));
}

void Workbench::identifyCheckpoint() {
  checkpoint_sha256_.clear();
  lanes_.idle.run(
      tr("Checksum"), this,
      [checkpoint = checkpoint_](const JobControl&) { return checkpoint->source_sha256(); },
      [this, checkpoint = checkpoint_](const std::string& sha256) {
        if (checkpoint != checkpoint_) return;
        checkpoint_sha256_ = sha256;
        const auto warning = changed_checkpoint(restored_, sha256);
        if (!warning.empty())
          Q_EMIT problem(QString::fromStdString(warning),
                         tr("Save the session to make it one of this file."));
      });
}

void Workbench::repeatRuns() {
  std::vector<std::pair<Clip, SynthesisSettings>> wanted;
  for (const auto& run : restored_.runs) {
    const auto clip = clip_called(clips_, run.clip);
    auto settings = settings_;
    settings.voice = voice_named(voices_, QString::fromStdString(run.voice));
    settings.steps = run.steps;
    settings.seed = run.seed;
    // The runs of one clip differ by their slots, which are spoken together.
    if (clip == clips_.end() || std::ranges::find(wanted, std::pair(*clip, settings)) != wanted.end())
      continue;
    wanted.emplace_back(*clip, settings);
  }
  syntheses_.setTitle(tr("Synthesize the session's runs again"));
  for (const auto& [clip, settings] : wanted) synthesizeClip(clip, settings);
}

}  // namespace octet::ui
