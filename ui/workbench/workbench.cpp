#include "ui/workbench/workbench.h"

#include <QUndoStack>
#include <algorithm>
#include <cmath>

#include "core/audio/sound_doubts.h"
#include "core/quant/weight_error.h"
#include "core/resources.h"
#include "core/synthesis/tensor_inputs.h"
#include "core/synthesis/token_file.h"
#include "core/synthesis/voice_check.h"
#include "ui/listen/stream_resampler.h"

namespace octet::ui {
namespace {

constexpr std::uint64_t kStageCacheBytes = 512'000'000;  // some hundred sentences
constexpr int kMostSlots = 9;                            // a digit key each

QString text_of(const std::filesystem::path& path) { return QString::fromStdString(path.string()); }

bool holds_tensors(const std::filesystem::path& path) {
  const auto extension = path.extension().string();
  return extension == ".safetensors" || extension == ".pt" || extension == ".npy";
}

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

/// The recording at the rate of what is made of it, so that the window's thread need not resample it.
std::shared_ptr<const Sound> to_listen(std::shared_ptr<const Sound> recording) {
  if (!recording || recording->sample_rate == kSampleRate) return recording;
  return std::make_shared<const Sound>(
      Sound{kSampleRate, 1, resampled(recording->samples, recording->sample_rate, kSampleRate)});
}
/// The clip's own voice has no name in a session.
QString stored_name(const Voice& voice) { return voice.path.empty() ? QString() : voice.name; }

/// Without the demo voice people bring their own clips.
std::optional<std::filesystem::path> demo_voice_if_any() {
  try {
    return demo_voice_folder();
  } catch (const Error&) {
    return {};
  }
}

/// What A begins with: an export as it is, all else in fp32.
PrecisionPlan first_plan(const Checkpoint& checkpoint) {
  if (checkpoint.metadata().contains("octet_plan"))
    return stored_plan(checkpoint.layers(), checkpoint.metadata());
  auto plan = preset("all-base", Precision::fp32, false);
  plan.name = "fp32";
  return plan;
}

}  // namespace

/// The engine, made on the lane of the device because starting a GPU takes a second. Only that lane uses it.
struct Workbench::EngineHolder {
  std::shared_ptr<const Checkpoint> checkpoint;
  QString device;
  int threads;
  std::unique_ptr<Engine> engine;

  const Engine& get() {
    if (!engine) {
      configure_arithmetic(threads);
      engine = std::make_unique<Engine>(checkpoint, parse_device(device.toStdString()), kStageCacheBytes);
    }
    return *engine;
  }
};

/// A clip ready to be spoken. Only the lane of the device looks into it.
struct Workbench::Prepared {
  bool ready = false;
  std::vector<std::int64_t> tokens;
  Conditioning voice;
  std::shared_ptr<const Sound> original;
  std::vector<std::string> warnings;  // not yet told
};

Workbench::Workbench(QObject* parent)
    : QObject(parent),
      speak_([](const Engine& engine, const BoundModel& model, const SynthesisRequest& request,
                const JobControl& control) { return engine.synthesize(model, request, control); }) {
  for (auto* lane : {&device_lane_, &analysis_lane_})
    connect(lane, &JobRunner::ended, this, [this](JobRunner::Id, const JobEnd& end) {
      if (!end.succeeded() && !end.cancelled())
        Q_EMIT problem(QString::fromUtf8(end.error->what()), QString::fromStdString(end.error->hint()));
    });
}

Workbench::~Workbench() = default;

void Workbench::openDemo() {
  try {
    const auto folder = demo_voice_folder();
    openCheckpoint(folder / "s3gen_demo.safetensors");
  } catch (const Error& error) {
    Q_EMIT problem(QString::fromUtf8(error.what()), QString::fromStdString(error.hint()));
  }
}

void Workbench::openCheckpoint(const std::filesystem::path& path) {
  open(path, [] {});
}

void Workbench::open(const std::filesystem::path& path, std::function<void()> then) {
  analysis_lane_.run(
      tr("Open %1").arg(text_of(path.filename())), this,
      [path](const JobControl&) {
        auto checkpoint = Checkpoint::open(path);
        const auto first = first_plan(*checkpoint);
        return std::pair(std::move(checkpoint), first);
      },
      [this, then = std::move(then)](auto opened) {
        adopt(std::move(opened.first), opened.second);
        then();
      });
}

void Workbench::adopt(std::shared_ptr<const Checkpoint> checkpoint, const PrecisionPlan& first) {
  cancelSynthesis();
  checkpoint_ = std::move(checkpoint);
  engine_ =
      std::make_shared<EngineHolder>(EngineHolder{checkpoint_, settings_.device, settings_.threads, nullptr});
  const auto old_slots = std::exchange(plan_slots_, {});

  plan_slots_ = {makeSlot("A", first), makeSlot("B", preset("seed", Precision::bf16, false))};
  clips_.clear();
  voices_ = {{tr("the clip's own"), {}}};
  settings_.voice = voices_.front();
  if (const auto folder = demo_voice_if_any()) {
    for (const auto& path : files_in(*folder / "clips", {".wav", ".flac"}))
      clips_.push_back({text_of(path.stem()), path});
    // A conditioning file fits one checkpoint only; the clips fit any that can hear.
    if (checkpoint_->path().parent_path() == *folder)
      for (const auto& path : files_in(*folder / "conds", {".safetensors"}))
        voices_.push_back({text_of(path.stem()), path});
  }
  current_clip_ = clips_.empty() ? -1 : 0;
  forgetRuns();
  current_slot_ = 1;
  restored_ = {};
  undo_group_.setActiveStack(plan_slots_[1].editor->undoStack());
  Q_EMIT checkpointOpened();
  Q_EMIT planSlotsChanged();
  Q_EMIT currentSlotChanged(current_slot_);
  Q_EMIT clipsChanged();
  Q_EMIT voicesChanged();
  Q_EMIT currentClipChanged(current_clip_);
  for (const auto& slot : old_slots) slot.editor->deleteLater();
  idle_lane_.cancelAll();
  measureWeights();
  identifyCheckpoint();
}

void Workbench::identifyCheckpoint() {
  checkpoint_sha256_.clear();
  idle_lane_.run(
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

void Workbench::measureWeights() {
  idle_lane_.run(
      tr("Weight errors"), this,
      [checkpoint = checkpoint_](const JobControl& control) {
        use_threads(1);  // nobody waits for it, and others need the cores
        const auto& layers = checkpoint->layers();
        std::vector<float> decibels;
        for (const auto& layer : layers) {
          control.at({"weight errors", static_cast<int>(decibels.size()), static_cast<int>(layers.size())});
          decibels.push_back(layer.quantizable() ? static_cast<float>(int8_weight_snr(*checkpoint, layer))
                                                 : std::nanf(""));
        }
        return decibels;
      },
      [this, checkpoint = checkpoint_](const std::vector<float>& decibels) {
        if (checkpoint == checkpoint_) Q_EMIT weightSnrMeasured(decibels);
      });
}

Session Workbench::session() const {
  Session session;
  if (checkpoint_) session.checkpoint = std::filesystem::absolute(checkpoint_->path());
  session.checkpoint_sha256 = checkpoint_sha256_.empty() ? restored_.checkpoint_sha256 : checkpoint_sha256_;
  for (const auto& slot : plan_slots_)
    session.plans.push_back({slot.name.toStdString(), slot.editor->plan()});
  if (!plan_slots_.empty())
    session.current_slot = plan_slots_[static_cast<std::size_t>(current_slot_)].name.toStdString();
  session.other = restored_.other;
  session.listening_tests = restored_.listening_tests;
  const auto file = [](const QString& name, const std::filesystem::path& path, const auto& before) {
    SessionFile made{name.toStdString(), std::filesystem::absolute(path)};
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
  for (const auto& [path, runs] : runs_) {
    const auto clip = std::ranges::find(clips_, path, &Clip::path);
    if (clip == clips_.end()) continue;
    for (const auto& [slot, run] : runs)
      session.runs.push_back({slot.toStdString(),
                              clip->name.toStdString(),
                              run->voice.toStdString(),
                              {},
                              run->steps,
                              run->seed});
  }
  session.steps = settings_.steps;
  session.seed = settings_.seed;
  session.device = settings_.device.toStdString();
  session.threads = settings_.threads;
  return session;
}

void Workbench::restore(const Session& session) {
  if (session.checkpoint.empty()) return;
  open(session.checkpoint, [this, session] { adopt(session); });
}

void Workbench::adopt(const Session& session) {
  const auto text = [](const std::string& utf8) { return QString::fromStdString(utf8); };
  for (std::size_t i = 0; i < session.plans.size(); ++i) {
    if (i >= plan_slots_.size()) addSlot();
    if (i < plan_slots_.size()) plan_slots_[i].editor->reset(session.plans[i].plan);
  }
  const auto slot = std::ranges::find(plan_slots_, text(session.current_slot), &PlanSlot::name);
  if (slot != plan_slots_.end()) setCurrentSlot(static_cast<int>(slot - plan_slots_.begin()));
  clips_.clear();
  for (const auto& clip : session.clips) clips_.push_back({text(clip.name), clip.path});
  const auto clip = std::ranges::find(clips_, text(session.current_clip), &Clip::name);
  current_clip_ = clips_.empty() ? -1 : clip == clips_.end() ? 0 : static_cast<int>(clip - clips_.begin());
  voices_ = {{tr("the clip's own"), {}}};
  for (const auto& voice : session.voices) voices_.push_back({text(voice.name), voice.path});
  auto settings = settings_;
  settings.voice = voiceNamed(session.current_voice);
  settings.steps = session.steps;
  settings.seed = session.seed;
  settings.device = text(session.device);
  settings.threads = session.threads;
  setSettings(settings);
  restored_ = session;
  Q_EMIT clipsChanged();
  Q_EMIT voicesChanged();
  Q_EMIT currentClipChanged(current_clip_);
  const auto missing = missing_files(session);
  if (!missing.empty())
    Q_EMIT problem(tr("%n files of the session are not there: %1", nullptr, static_cast<int>(missing.size()))
                       .arg(text_of(missing.front())),
                   tr("put them back, or choose others"));
  else if (!session.runs.empty())
    Q_EMIT runsRestored(static_cast<int>(session.runs.size()));
}

void Workbench::repeatRuns() {
  std::vector<std::pair<Clip, SynthesisSettings>> wanted;
  for (const auto& run : restored_.runs) {
    const auto clip = std::ranges::find(clips_, QString::fromStdString(run.clip), &Clip::name);
    auto settings = settings_;
    settings.voice = voiceNamed(run.voice);
    settings.steps = run.steps;
    settings.seed = run.seed;
    // The runs of one clip differ by their slots, which are spoken together.
    if (clip == clips_.end() || std::ranges::find(wanted, std::pair(*clip, settings)) != wanted.end())
      continue;
    wanted.emplace_back(*clip, settings);
  }
  for (const auto& [clip, settings] : wanted) synthesizeClip(clip, settings);
}

Voice Workbench::voiceNamed(const std::string& name) const {
  const auto voice = std::ranges::find(voices_, QString::fromStdString(name), &Voice::name);
  return voice == voices_.end() ? voices_.front() : *voice;
}

PlanSlot Workbench::makeSlot(const QString& name, const PrecisionPlan& plan) {
  auto* editor = new PlanEditor(checkpoint_, plan, this);
  undo_group_.addStack(editor->undoStack());
  connect(editor, &PlanEditor::planChanged, this, [this, editor] {
    const auto slot = std::ranges::find(plan_slots_, editor, &PlanSlot::editor);
    if (slot != plan_slots_.end()) Q_EMIT planChanged(static_cast<int>(slot - plan_slots_.begin()));
  });
  return {name, editor};
}

PlanEditor* Workbench::editor() const {
  return plan_slots_.empty() ? nullptr : plan_slots_[static_cast<std::size_t>(current_slot_)].editor;
}

void Workbench::setCurrentSlot(int slot) {
  if (slot == current_slot_ || slot < 0 || slot >= static_cast<int>(plan_slots_.size())) return;
  current_slot_ = slot;
  undo_group_.setActiveStack(editor()->undoStack());
  Q_EMIT currentSlotChanged(slot);
}

void Workbench::addSlot() {
  if (plan_slots_.empty() || plan_slots_.size() >= kMostSlots) return;
  const QString name(QChar('A' + static_cast<char>(plan_slots_.size())));
  plan_slots_.push_back(makeSlot(name, editor()->plan()));
  Q_EMIT planSlotsChanged();
  setCurrentSlot(static_cast<int>(plan_slots_.size()) - 1);
}

void Workbench::removeLastSlot() {
  if (plan_slots_.size() <= 2) return;
  const auto removed = plan_slots_.back();
  plan_slots_.pop_back();
  for (auto& [clip, runs] : runs_) runs.erase(removed.name);
  if (current_slot_ >= static_cast<int>(plan_slots_.size())) setCurrentSlot(1);
  removed.editor->deleteLater();
  report_.reset();
  Q_EMIT planSlotsChanged();
  Q_EMIT runsChanged();
  Q_EMIT reportChanged();
}

void Workbench::setCurrentClip(int clip) {
  if (clip == current_clip_ || clip < 0 || clip >= static_cast<int>(clips_.size())) return;
  current_clip_ = clip;
  Q_EMIT currentClipChanged(clip);
  Q_EMIT runsChanged();
}

void Workbench::addClip(const std::filesystem::path& path) {
  auto known = std::ranges::find(clips_, path, &Clip::path);
  if (known == clips_.end()) {
    clips_.push_back({text_of(path.stem()), path});
    known = clips_.end() - 1;
    Q_EMIT clipsChanged();
  }
  setCurrentClip(static_cast<int>(known - clips_.begin()));
}

void Workbench::addVoice(const std::filesystem::path& path) {
  if (std::ranges::find(voices_, path, &Voice::path) == voices_.end()) {
    voices_.push_back({text_of(path.stem()), path});
    Q_EMIT voicesChanged();
  }
  auto settings = settings_;
  settings.voice = *std::ranges::find(voices_, path, &Voice::path);
  setSettings(settings);
}

void Workbench::setSettings(const SynthesisSettings& settings) {
  if (settings == settings_) return;
  const bool other_engine = settings.device != settings_.device || settings.threads != settings_.threads;
  const bool other_voice = !(settings.voice == settings_.voice);
  settings_ = settings;
  if (other_engine && checkpoint_)
    engine_ = std::make_shared<EngineHolder>(
        EngineHolder{checkpoint_, settings_.device, settings_.threads, nullptr});
  if (other_engine || other_voice) prepared_.clear();
  Q_EMIT settingsChanged();
}

void Workbench::forgetRuns() {
  prepared_.clear();
  originals_.clear();
  runs_.clear();
  report_.reset();
  Q_EMIT runsChanged();
  Q_EMIT reportChanged();
}

void Workbench::synthesize() {
  if (!checkpoint_) return;
  if (current_clip_ < 0)
    return void(Q_EMIT problem(tr("There is nothing to speak."),
                               tr("Drop a sound file or a token file on the window.")));
  synthesizeClip(clips_[static_cast<std::size_t>(current_clip_)], settings_);
}

void Workbench::synthesizeAll() {
  if (!checkpoint_) return;
  for (const auto& clip : clips_) synthesizeClip(clip, settings_);
}

void Workbench::cancelSynthesis() { device_lane_.cancelAll(); }

std::shared_ptr<Workbench::Prepared> Workbench::prepared(const Clip& clip, const Voice& voice) {
  if (!(voice == settings_.voice)) return std::make_shared<Prepared>();
  auto& prepared = prepared_[clip.path];
  if (!prepared) prepared = std::make_shared<Prepared>();
  return prepared;
}

void Workbench::synthesizeClip(const Clip& clip, const SynthesisSettings& settings) {
  const auto holder = engine_;
  const auto ready = prepared(clip, settings.voice);
  const auto request_of = [ready, settings] {
    SynthesisRequest request;
    request.tokens = ready->tokens;
    request.voice = ready->voice;
    request.steps = settings.steps;
    request.seed = settings.seed;
    request.keep_stages = true;
    return request;
  };

  // One job a step, so that each can be seen, cancelled, and heard as soon as it is there.
  const auto count_until_ended = [this](JobRunner::Id id) {
    if (++pending_syntheses_ == 1) Q_EMIT synthesizingChanged(true);
    auto* once = new QObject(this);
    connect(&device_lane_, &JobRunner::ended, once, [this, id, once](JobRunner::Id ended) {
      if (ended != id) return;
      once->deleteLater();
      if (--pending_syntheses_ == 0) Q_EMIT synthesizingChanged(false);
    });
  };
  const auto job = [&](const QString& title, auto work, auto done) {
    count_until_ended(device_lane_.run(title, this, std::move(work), std::move(done)));
  };

  // Tokens and voice come from the checkpoint as it is stored, as in `octet compare`: plans are to differ in
  // nothing else.
  job(
      tr("Read %1").arg(clip.name),
      [holder, ready, clip, settings](const JobControl& control) {
        if (ready->ready) return ready->original;
        const auto& engine = holder->get();
        const auto& checkpoint = engine.checkpoint();
        const auto model = engine.bind(stored_plan(checkpoint.layers(), checkpoint.metadata()));
        std::shared_ptr<const Sound> original;
        const auto hear = [&ready](const std::filesystem::path& path) {
          auto sound = read_sound(path);
          for (const auto& found : {sound.notices, doubts(sound, path.string())})
            ready->warnings.insert(ready->warnings.end(), found.begin(), found.end());
          return sound;
        };
        if (holds_tensors(clip.path)) {
          if (settings.voice.path.empty())
            throw Error(ErrorKind::input,
                        clip.path.string() + " holds tokens, which have no voice of their own",
                        "choose a voice: a sound file or a conditioning file");
          ready->tokens = read_tokens(clip.path).tokens;
        } else {
          original = std::make_shared<const Sound>(mono(hear(clip.path)));
          ready->tokens = engine.tokenize(*model, *original, control);
        }
        const auto& voice = settings.voice.path;
        const auto meet = [&] {
          if (voice.empty()) return engine.condition(*model, *original, control);
          return holds_tensors(voice) ? read_conditioning(voice).voice
                                      : engine.condition(*model, hear(voice), control);
        };
        auto checked = check_voice(meet(), (voice.empty() ? clip.path : voice).string());
        ready->voice = std::move(checked.voice);
        ready->warnings.insert(ready->warnings.end(), checked.warnings.begin(), checked.warnings.end());
        ready->original = to_listen(original);
        ready->ready = true;
        return ready->original;
      },
      [this, clip, ready](const std::shared_ptr<const Sound>& original) {
        originals_[clip.path] = original;
        QStringList lines;
        for (const auto& warning : std::exchange(ready->warnings, {}))
          lines << QString::fromStdString(warning);
        if (!lines.isEmpty()) Q_EMIT noticed(lines.join('\n'));
      });

  std::vector<PlannedRun> planned;
  for (const auto& slot : plan_slots_) {
    const auto plan = slot.editor->plan();
    planned.push_back({slot.name.toStdString(), plan});
    job(
        tr("Synthesize %1: %2").arg(slot.name, clip.name),
        [holder, ready, request_of, plan, speak = speak_](const JobControl& control) {
          if (!ready->ready) throw Error(ErrorKind::cancelled, "the clip could not be read");
          const auto& engine = holder->get();
          return speak(engine, *engine.bind(plan), request_of(), control);
        },
        [this, name = slot.name, plan, clip, settings, checkpoint = checkpoint_](Synthesis synthesis) {
          if (checkpoint != checkpoint_) return;  // another one was opened meanwhile
          runs_[clip.path][name] = std::make_shared<const Run>(
              Run{name, QString::fromStdString(plan.name), clip.name, plan, stored_name(settings.voice),
                  settings.steps, settings.seed, std::move(synthesis)});
          Q_EMIT runsChanged();
        });
  }
  job(
      tr("Measure %1").arg(clip.name),
      [holder, ready, request_of, planned, clip](const JobControl& control) {
        if (!ready->ready) throw Error(ErrorKind::cancelled, "the clip could not be read");
        return compare_runs(holder->get(), planned, {{clip.name.toStdString(), request_of()}}, control)
            .report;
      },
      [this, planned, settings, checkpoint = checkpoint_](const Report& report) {
        if (checkpoint != checkpoint_) return;
        for (std::size_t i = 0; i < planned.size(); ++i)
          if (i >= plan_slots_.size() || planned[i].plan != plan_slots_[i].editor->plan()) return;
        keepReport(report, planned, settings);
      });
}

void Workbench::keepReport(const Report& report, std::vector<PlannedRun> runs,
                           const SynthesisSettings& settings) {
  const bool more_of_the_same = report_ && runs == measured_runs_ && settings == measured_settings_;
  measured_runs_ = std::move(runs);
  measured_settings_ = settings;
  if (!more_of_the_same) {
    report_ = report;
  } else {
    for (const auto& clip : report.clips) {
      const auto known = std::ranges::find(report_->clips, clip.name, &ClipResult::name);
      if (known != report_->clips.end())
        *known = clip;
      else
        report_->clips.push_back(clip);
    }
  }
  Q_EMIT reportChanged();
}

Runs Workbench::runs() const {
  Runs runs;
  if (current_clip_ < 0) return runs;
  const auto of_clip = runs_.find(clips_[static_cast<std::size_t>(current_clip_)].path);
  if (of_clip == runs_.end()) return runs;
  for (const auto& slot : plan_slots_)
    if (const auto run = of_clip->second.find(slot.name); run != of_clip->second.end())
      runs.push_back(run->second);
  return runs;
}

std::shared_ptr<const Sound> Workbench::original() const {
  if (current_clip_ < 0) return nullptr;
  const auto known = originals_.find(clips_[static_cast<std::size_t>(current_clip_)].path);
  return known == originals_.end() ? nullptr : known->second;
}

bool Workbench::stale(const Run& run) const {
  const auto slot = std::ranges::find(plan_slots_, run.name, &PlanSlot::name);
  return slot == plan_slots_.end() || !(run.precisions == slot->editor->plan()) ||
         run.voice != stored_name(settings_.voice) || run.steps != settings_.steps ||
         run.seed != settings_.seed;
}

}  // namespace octet::ui
