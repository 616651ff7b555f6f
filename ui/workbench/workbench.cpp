#include "ui/workbench/workbench.h"

#include <QUndoStack>
#include <algorithm>

#include "core/plan/edit.h"
#include "core/resources.h"
#include "ui/document/transcript.h"

namespace octet::ui {
namespace {

constexpr int kMostSteps = 200;  // that can be undone; each keeps four plans

QString text_of(const std::filesystem::path& path) { return QString::fromStdString(path.string()); }

}  // namespace

Workbench::Workbench(QObject* parent)
    : QObject(parent),
      speak_([](const Engine& engine, const BoundModel& model, const SynthesisRequest& request,
                const JobControl& control) { return engine.synthesize(model, request, control); }) {
  connect(&syntheses_, &JobGroup::activeChanged, this, &Workbench::synthesizingChanged);
  for (const auto changed : {&Workbench::documentReplaced, &Workbench::planSlotsChanged,
                             &Workbench::settingsChanged, &Workbench::calibrationChanged})
    connect(this, changed, this, &Workbench::timesOutdated);
  connect(this, &Workbench::planChanged, this, &Workbench::timesOutdated);
  for (auto* lane : {&lanes_.device, &lanes_.analysis, &lanes_.writing})
    connect(lane, &JobRunner::ended, this, [this](JobRunner::Id, const JobEnd& end) {
      if (!end.succeeded() && !end.cancelled())
        Q_EMIT problem(QString::fromUtf8(end.error->what()), QString::fromStdString(end.error->hint()));
    });
}

Workbench::~Workbench() = default;

void Workbench::openDemo() {
  const auto settings = settings_;
  load(
      tr("the demo voice"),
      [settings] { return new_document(demo_voice_folder() / "s3gen_demo.safetensors", settings); },
      [this](const Document& document) { adopt(document); });
}

void Workbench::openCheckpoint(const std::filesystem::path& path) {
  const auto settings = settings_;
  load(
      text_of(path.filename()), [path, settings] { return new_document(path, settings); },
      [this](const Document& document) { adopt(document); });
}

void Workbench::load(const QString& name, std::function<Document()> read,
                     std::function<void(Document)> loaded) {
  if (loading_) lanes_.analysis.cancel(*loading_);
  const auto id = std::make_shared<JobRunner::Id>(0);
  *id = lanes_.analysis.run(
      tr("Open %1").arg(name), this, [read = std::move(read)](const JobControl&) { return read(); },
      [this, id, loaded = std::move(loaded)](Document document) {
        if (loading_ != *id) return;  // another was asked for meanwhile
        loading_.reset();
        loaded(std::move(document));
      });
  loading_ = *id;
}

void Workbench::adopt(const Document& document) {
  std::vector<PlanSlot> made;
  made.reserve(document.plans.size());
  for (const auto& plan : document.plans)
    made.push_back(makeSlot(document.checkpoint, plan, static_cast<int>(made.size()), document.calibration));

  cancelSynthesis();
  lanes_.idle.cancelAll();
  checkpoint_ = document.checkpoint;
  calibration_file_ = document.calibration_file;
  calibration_ = document.calibration;
  const auto old_slots = std::exchange(plan_slots_, std::move(made));
  current_slot_ = document.current_slot;
  clips_ = document.clips;
  current_clip_ = document.current_clip;
  voices_ = document.voices;
  settings_ = document.settings;
  study_.reset();
  restored_ = document.session;
  blind_tests_ = blind_tests_of(restored_);
  listening_tests_ = restored_.listening_tests;
  validated_.clear();
  renewEngine();
  prepared_.clear();
  originals_.clear();
  other_takes_.clear();
  runs_.clear();
  earlier_ = {};
  report_.reset();
  undo_group_.setActiveStack(editor()->undoStack());
  Q_EMIT documentReplaced();
  for (const auto& slot : old_slots) slot.editor->deleteLater();
  weights_.measure(checkpoint_, editor()->resolved());
  identifyCheckpoint();
  sayWhatIsMissing(document);
}

PlanSlot Workbench::makeSlot(std::shared_ptr<const Checkpoint> checkpoint, const PrecisionPlan& plan,
                             int number, const std::shared_ptr<const Calibration>& calibration) {
  auto* editor = new PlanEditor(std::move(checkpoint), plan, this);
  editor->setCalibration(calibration);
  editor->undoStack()->setUndoLimit(kMostSteps);
  undo_group_.addStack(editor->undoStack());
  connect(editor, &PlanEditor::planChanged, this, [this, editor] {
    const auto slot = std::ranges::find(plan_slots_, editor, &PlanSlot::editor);
    if (slot == plan_slots_.end()) return;
    if (editor == this->editor()) weights_.measure(checkpoint_, editor->resolved());
    Q_EMIT planChanged(static_cast<int>(slot - plan_slots_.begin()));
  });
  return {number, editor};
}

PlanEditor* Workbench::editor() const {
  return plan_slots_.empty() ? nullptr : plan_slots_[static_cast<std::size_t>(current_slot_)].editor;
}

void Workbench::setCurrentSlot(int slot) {
  if (slot == current_slot_ || slot < 0 || slot >= static_cast<int>(plan_slots_.size())) return;
  current_slot_ = slot;
  undo_group_.setActiveStack(editor()->undoStack());
  weights_.measure(checkpoint_, editor()->resolved());
  Q_EMIT currentSlotChanged(slot);
}

void Workbench::addSlot() {
  if (plan_slots_.empty() || plan_slots_.size() >= Document::kMostPlans) return;
  const auto number = static_cast<int>(plan_slots_.size());
  plan_slots_.push_back(makeSlot(checkpoint_, editor()->plan(), number, calibration_));
  Q_EMIT planSlotsChanged();
  setCurrentSlot(number);
}

void Workbench::removeLastSlot() {
  if (plan_slots_.size() <= 2) return;
  const auto removed = plan_slots_.back();
  plan_slots_.pop_back();
  runs_.forget(removed.number);
  if (current_slot_ >= static_cast<int>(plan_slots_.size())) setCurrentSlot(1);
  removed.editor->deleteLater();
  if (report_ && report_->runs.size() > plan_slots_.size()) {  // the scores of the others stay
    report_->runs.resize(plan_slots_.size());
    for (auto& clip : report_->clips) clip.runs.resize(std::min(clip.runs.size(), plan_slots_.size()));
    measured_plans_.resize(plan_slots_.size());
  }
  Q_EMIT planSlotsChanged();
  Q_EMIT runsChanged();
  Q_EMIT reportChanged();
}

void Workbench::setCurrentClip(int clip) {
  if (clip == current_clip_ || clip < 0 || clip >= static_cast<int>(clips_.size())) return;
  current_clip_ = clip;
  runs_.use(clips_[static_cast<std::size_t>(clip)].path);
  Q_EMIT currentClipChanged(clip);
  Q_EMIT runsChanged();
}

void Workbench::notice(const std::vector<std::string>& lines) {
  QStringList told;
  for (const auto& line : lines) told << QString::fromStdString(line);
  if (!told.isEmpty()) Q_EMIT noticed(told.join('\n'));
}

void Workbench::sayNothingIsOpen(const std::filesystem::path& file) {
  Q_EMIT problem(tr("There is nothing yet that could speak %1.").arg(text_of(file.filename())),
                 tr("Open a checkpoint or the demo voice first, then add this."));
}

void Workbench::addClip(const std::filesystem::path& file) {
  if (!checkpoint_) return sayNothingIsOpen(file);
  const auto path = settled(file);
  auto known = std::ranges::find(clips_, path, &Clip::path);
  if (known == clips_.end()) {
    clips_.push_back({free_name(text_of(path.stem()), path, clips_), path});
    known = clips_.end() - 1;
    Q_EMIT clipsChanged();
    findTranscript(path);
  }
  setCurrentClip(static_cast<int>(known - clips_.begin()));
}

void Workbench::findTranscript(const std::filesystem::path& clip) {
  lanes_.idle.run(
      tr("Transcript"), this, [clip](const JobControl&) { return transcript_of(clip); },
      [this, clip](const Transcript& transcript) {
        const auto known = std::ranges::find(clips_, clip, &Clip::path);
        const bool told = !transcript.text.isEmpty() || transcript.seconds > 0;
        if (known == clips_.end() || !told) return;
        known->text = transcript.text;
        known->tags = transcript.tags;
        known->seconds = transcript.seconds;
        Q_EMIT clipsChanged();
      });
}

void Workbench::addVoice(const std::filesystem::path& file) {
  if (!checkpoint_) return sayNothingIsOpen(file);
  const auto path = settled(file);
  if (std::ranges::find(voices_, path, &Voice::path) == voices_.end()) {
    voices_.push_back({free_name(text_of(path.stem()), path, voices_), path});
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
  if (other_engine && checkpoint_) renewEngine();
  if (other_engine || other_voice) prepared_.clear();
  Q_EMIT settingsChanged();
}

RunKey Workbench::keyOf(const std::filesystem::path& clip, const PlanSlot& slot,
                        const SynthesisSettings& settings) {
  return {clip,
          slot.number,
          slot.editor->fingerprint(),
          settings.voice.path,
          settings.steps,
          settings.seed,
          settings.device,
          settings.threads};
}

}  // namespace octet::ui
