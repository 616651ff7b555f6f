#include "ui/document/document.h"

#include <algorithm>
#include <optional>

#include "core/error.h"
#include "core/resources.h"
#include "ui/document/transcript.h"
#include "ui/language/tr.h"
#include "ui/theme/shown_path.h"

namespace octet::ui {
namespace {

QString text_of(const std::string& utf8) { return QString::fromStdString(utf8); }

QString text_of(const std::filesystem::path& path) { return QString::fromStdString(path.string()); }

/// Files of a folder whose extension is one of these, sorted by name.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder,
                                            std::initializer_list<const char*> extensions) {
  std::vector<std::filesystem::path> found;
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable))
    if (std::ranges::find(extensions, entry.path().extension().string()) != extensions.end())
      found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

/// What A begins with: an export as it is, all else in fp32.
PrecisionPlan first_plan(const Checkpoint& checkpoint) {
  if (checkpoint.metadata().contains("octet_plan"))
    return stored_plan(checkpoint.layers(), checkpoint.metadata());
  return fp32_plan();
}

std::vector<Voice> the_clips_own() { return {{tr("the clip's own"), {}}}; }

void add_clip(std::vector<Clip>& clips, const QString& name, const std::filesystem::path& path,
              Transcripts& transcripts) {
  auto transcript = transcripts.of(path);
  clips.push_back({free_name(name, path, clips), path, std::move(transcript.text), std::move(transcript.tags),
                   transcript.seconds});
}

void add_voice(std::vector<Voice>& voices, const QString& name, const std::filesystem::path& path) {
  voices.push_back({free_name(name, path, voices), path});
}

/// Throws Error for a plan that does not fit.
void check_fit(const PrecisionPlan& plan, const std::string& slot, const Checkpoint& checkpoint,
               const std::filesystem::path& file) {
  try {
    (void)resolve(plan, checkpoint.layers());
  } catch (const Error& error) {
    throw Error(error.kind(),
                tr("%1: plan %2 does not fit %3: %4")
                    .arg(text_of(file), QString::fromStdString(slot), text_of(checkpoint.path()),
                         QString::fromUtf8(error.what()))
                    .toStdString(),
                tr("put the checkpoint back that the session was made with, or open this one by itself")
                    .toStdString());
  }
}

}  // namespace

std::filesystem::path settled(const std::filesystem::path& path) {
  std::error_code no_folder;  // the one the program was started in may be gone
  const bool at_home = !path.empty() && *path.begin() == "~";  // other bytes may be no text
  const auto full = at_home ? std::filesystem::path(full_path(text_of(path)).toStdString()) : path;
  const auto absolute = std::filesystem::absolute(full, no_folder);
  return (no_folder ? full : absolute).lexically_normal();
}

QString free_name(const QString& wanted, const std::filesystem::path& file, const QStringList& taken) {
  if (!taken.contains(wanted)) return wanted;
  const auto with_folder = wanted + QStringLiteral(" (%1)").arg(text_of(file.parent_path().filename()));
  auto name = with_folder;
  for (int i = 2; taken.contains(name); ++i) name = with_folder + QStringLiteral(" %1").arg(i);
  return name;
}

std::vector<Clip>::const_iterator clip_called(const std::vector<Clip>& clips, const std::string& name) {
  return std::ranges::find(clips, text_of(name), &Clip::name);
}

QString stored_name(const Voice& voice) { return voice.path.empty() ? QString() : voice.name; }

Voice voice_named(const std::vector<Voice>& voices, const QString& name) {
  const auto voice = std::ranges::find(voices, name, &Voice::name);
  return voice == voices.end() ? voices.front() : *voice;
}

std::shared_ptr<const Calibration> open_calibration(const std::filesystem::path& file,
                                                    const Checkpoint& checkpoint) {
  auto calibration = Calibration::open(file);
  calibration->require_of(checkpoint);
  return calibration;
}

PrecisionPlan fp32_plan() {
  auto plan = preset("all-base", Precision::fp32, false);
  plan.name = "fp32";
  return plan;
}

Document new_document(const std::filesystem::path& checkpoint, const SynthesisSettings& settings) {
  Document document;
  document.checkpoint = Checkpoint::open(settled(checkpoint));
  document.plans = {first_plan(*document.checkpoint), preset("seed", Precision::bf16, false)};
  document.voices = the_clips_own();
  document.settings = settings;
  document.settings.voice = document.voices.front();
  if (const auto folder = demo_voice_if_any()) {
    Transcripts transcripts;
    for (const auto& path : files_in(*folder / "clips", {".wav", ".flac"}))
      add_clip(document.clips, text_of(path.stem()), path, transcripts);
    // A conditioning file fits one checkpoint only; the clips fit any that can hear.
    if (document.checkpoint->path().parent_path() == *folder)
      for (const auto& path : files_in(*folder / "conds", {".safetensors"}))
        add_voice(document.voices, text_of(path.stem()), path);
  }
  document.current_clip = document.clips.empty() ? -1 : 0;
  return document;
}

Document document_of(const Session& session, const std::filesystem::path& file) {
  if (session.checkpoint.empty())
    throw Error(ErrorKind::input, tr("%1 names no checkpoint").arg(text_of(file)).toStdString(),
                tr("open the checkpoint itself, and its plans with Plan > Open a plan").toStdString());
  if (session.plans.size() > Document::kMostPlans)
    throw Error(
        ErrorKind::input,
        tr("%1 has %n plans; %2 at most can be compared", nullptr, static_cast<int>(session.plans.size()))
            .arg(text_of(file))
            .arg(Document::kMostPlans)
            .toStdString(),
        tr("take some out in a text editor").toStdString());
  SynthesisSettings settings;
  settings.steps = session.steps;
  settings.seed = session.seed;
  settings.device = text_of(session.device);
  settings.threads = session.threads;
  auto document = new_document(session.checkpoint, settings);
  document.calibration_file = session.calibration;
  if (std::error_code unreadable; std::filesystem::exists(session.calibration, unreadable))
    document.calibration = open_calibration(session.calibration, *document.checkpoint);
  for (std::size_t i = 0; i < session.plans.size(); ++i) {
    const auto& [slot, plan, other] = session.plans[i];
    check_fit(plan, slot, *document.checkpoint, file);
    if (i < document.plans.size())
      document.plans[i] = plan;
    else
      document.plans.push_back(plan);
    if (slot == session.current_slot) document.current_slot = static_cast<int>(i);
  }
  document.clips.clear();
  Transcripts transcripts;
  for (const auto& clip : session.clips) add_clip(document.clips, text_of(clip.name), clip.path, transcripts);
  const auto current = clip_called(document.clips, session.current_clip);
  document.current_clip = document.clips.empty() ? -1
                          : current == document.clips.end()
                              ? 0
                              : static_cast<int>(current - document.clips.begin());
  document.voices = the_clips_own();
  for (const auto& voice : session.voices) add_voice(document.voices, text_of(voice.name), voice.path);
  document.settings.voice = voice_named(document.voices, text_of(session.current_voice));
  document.session = session;
  document.missing = missing_files(session);
  return document;
}

}  // namespace octet::ui
