#pragma once

#include <QObject>
#include <QPointer>
#include <QUndoGroup>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/metrics/comparison.h"
#include "core/study/layer_pairs.h"
#include "core/synthesis/engine.h"
#include "ui/document/document.h"
#include "ui/document/layer_damages.h"
#include "ui/jobs/job_group.h"
#include "ui/jobs/lanes.h"
#include "ui/measures/plan_times.h"
#include "ui/model_tree/plan_editor.h"
#include "ui/runs/run_names.h"
#include "ui/runs/run_store.h"
#include "ui/validation/validation_work.h"
#include "ui/workbench/weight_errors.h"

namespace octet::ui {

/// One of the things to compare: a plan that can be edited.
struct PlanSlot {
  int number = 0;  ///< 0 for A
  PlanEditor* editor = nullptr;

  QString name() const { return slot_name(number); }
};

/// What to calibrate on, and where the calibration goes.
struct CalibrationRequest {
  QString name;                  ///< of the speech, in words for a person
  std::vector<Clip> clips;       ///< each in its own voice, tokens in the one that is chosen
  std::filesystem::path folder;  ///< in place of the clips; empty: they are meant
  int steps = 0;                 ///< Euler steps; 0: what the checkpoint was trained for
  std::filesystem::path path;
};

struct FoundRisk;
struct PairsRequest;
struct RiskRequest;
struct SensitivityRequest;
struct ValidationRequest;

/// What the window is about: a checkpoint, the plans in its slots, clips, and the runs made of them. Long
/// work happens on its lanes; what comes of it is told by signals on this object's thread.
class Workbench : public QObject {
  Q_OBJECT

 public:
  /// How a request becomes sound; replaced by tests that need it to fail.
  using Speak =
      std::function<Synthesis(const Engine&, const BoundModel&, const SynthesisRequest&, const JobControl&)>;

  explicit Workbench(QObject* parent = nullptr);
  ~Workbench() override;

  /// All threads that work for the window.
  Lanes& lanes() { return lanes_; }
  QUndoGroup& undoGroup() { return undo_group_; }
  /// Of the current plan.
  const WeightErrors& weightErrors() const { return weights_; }

  /// Reads a document on a lane; `loaded` gets it whole, or `problem` says why there is none. A document that
  /// is still being read is given up. Nothing changes before `adopt`.
  void load(const QString& name, std::function<Document()> read, std::function<void(Document)> loaded);
  /// In the place of all there was.
  void adopt(const Document& document);
  /// `load` and `adopt` of the demo voice.
  void openDemo();
  /// `load` and `adopt` of a checkpoint alone.
  void openCheckpoint(const std::filesystem::path& path);
  std::shared_ptr<const Checkpoint> checkpoint() const { return checkpoint_; }

  const std::vector<PlanSlot>& planSlots() const { return plan_slots_; }
  int currentSlot() const { return current_slot_; }
  /// The slot whose plan the tree edits.
  void setCurrentSlot(int slot);
  PlanEditor* editor() const;
  /// Adds a slot with a copy of the current slot's plan, and makes it current. At most nine.
  void addSlot();
  /// Takes the last slot away; A and B stay.
  void removeLastSlot();

  const std::vector<Clip>& clips() const { return clips_; }
  int currentClip() const { return current_clip_; }
  void setCurrentClip(int clip);
  /// Adds a file and makes it current; one that is there already becomes current.
  void addClip(const std::filesystem::path& path);
  const std::vector<Voice>& voices() const { return voices_; }
  void addVoice(const std::filesystem::path& path);

  /// What methods that need a calibration take, in all slots; none: such layers are kept in the base.
  const std::shared_ptr<const Calibration>& calibration() const { return calibration_; }
  const std::filesystem::path& calibrationFile() const { return calibration_file_; }
  /// Takes one that there is, of this checkpoint.
  void openCalibration(const std::filesystem::path& file);
  /// Makes one, and takes it.
  void calibrate(const CalibrationRequest& request);
  /// Reads a sensitivity study of this checkpoint, and shows it.
  void openSensitivity(const std::filesystem::path& file);
  /// Makes one by the present seed and steps, or goes on with it, and shows it.
  void studySensitivity(const SensitivityRequest& request);
  /// Reads pairs of layers of this checkpoint, and shows them.
  void openPairs(const std::filesystem::path& file);
  /// Measures pairs of layers of the study that is shown by the present seed, steps and calibration, or goes
  /// on with it, and shows them.
  void studyPairs(const PairsRequest& request);
  /// The study that is shown; none before one was opened or made.
  const std::optional<ShownStudy>& study() const { return study_; }
  /// Judges plans over a set of clips, by the present seed, steps and calibration.
  void validate(const ValidationRequest& request);
  /// The last one with this slot's plan since the checkpoint was opened or another calibration chosen;
  /// nullptr where there was none.
  const ValidatedPlan* validationOf(int slot) const;
  /// Looks at a risk by the present plan of a slot, seed, steps and calibration; `found` gets it unless
  /// `context` is gone by then. A job of the device's lane.
  JobRunner::Id lookAtRisk(const RiskRequest& request, QObject* context,
                           std::function<void(const FoundRisk&)> found);

  /// Times all plans, in turn, on speech as long as that of the clip that is shown; `timed` tells. Nothing
  /// happens before it was spoken, or while they are being timed.
  void timePlans();
  JobGroup& timings() { return timings_; }

  const SynthesisSettings& settings() const { return settings_; }
  void setSettings(const SynthesisSettings& settings);

  /// Speaks the current clip with every slot, then measures. Slots that changed nothing cost nothing.
  void synthesize();
  /// The same for all clips that were not spoken so yet.
  void synthesizeAll();
  /// Whether runs are also measured by what listeners are predicted to say. What is shown is measured anew
  /// where that was left out.
  void setPredictions(Predictions predictions);
  void cancelSynthesis();
  bool synthesizing() const { return syntheses_.active(); }
  /// What is spoken and measured, as one thing.
  JobGroup& syntheses() { return syntheses_; }

  /// Runs of the current clip, in the order of slots: of each what its plan and the settings ask for, or what
  /// was made of it last. Slots not yet spoken are missing.
  Runs runs() const;
  /// What else was made of the current clip in the current slot than the run shown, newest first.
  Runs earlierRuns() const;
  /// So that runs() ends with one of them, by place from 1, called "B′", "B′2" …; 0: with none.
  void showEarlier(int edits_ago);
  int earlierShown() const { return earlier_shown_; }
  /// As runs(), of any clip, without what was before.
  Runs runsOf(const Clip& clip) const;
  /// The clip as it was recorded, mono at kSampleRate; empty where it is of tokens, or before the first
  /// synthesis.
  std::shared_ptr<const Sound> original() const;
  /// What is known of it; nullptr where there is none.
  std::shared_ptr<const SoundOverview> originalOverview() const;
  /// The present run of the current clip under the first plan, as it sounds under other noise; empty before
  /// it was measured.
  std::shared_ptr<const Run> otherTake() const;
  /// Whether its slot would sound different now: a plan that does other things, another voice, number of
  /// steps or seed. Never of one that is shown as an earlier one.
  bool stale(const Run& run) const;
  /// Measures of all clips that were spoken with the present plans.
  const std::optional<Report>& report() const { return report_; }

  /// Everything a session file holds but the window's layout.
  Session session() const;
  /// A blind test that ended becomes part of the session.
  void keepBlindTest(const BlindTest& test);
  const std::vector<BlindTest>& blindTests() const { return blind_tests_; }
  /// Speaks again what the restored session had spoken, each clip with the voice, steps and seed it had.
  void repeatRuns();

  void setSpeak(Speak speak) { speak_ = std::move(speak); }

 Q_SIGNALS:
  /// All there is, is another's now; nothing else is told of that.
  void documentReplaced();
  void planSlotsChanged();
  void currentSlotChanged(int slot);
  void planChanged(int slot);
  void clipsChanged();
  void currentClipChanged(int clip);
  void voicesChanged();
  void settingsChanged();
  void calibrationChanged();
  void blindTestsChanged();
  void studyShown();
  /// Pairs of layers were read or made; `name` is their file's.
  void pairsShown(const std::shared_ptr<const octet::LayerPairs>& study, const QString& name);
  /// What the present plans cost.
  void timed(const octet::ui::PlanTimes& times);
  /// The plans, or how they speak, are others than those that were timed.
  void timesOutdated();
  /// A validation is done, and this is its report.
  void validated(const QString& report);
  /// A run was made of this clip; of others nothing has changed.
  void runMade(int clip);
  /// The runs of the current clip are others, or more.
  void runsChanged();
  /// The report is another.
  void reportChanged();
  /// The report has measures of one clip more, or newer ones: the one at this place. Others are what they
  /// were.
  void clipMeasured(int place);
  void synthesizingChanged(bool synthesizing);
  /// A session is open that had this many runs.
  void runsRestored(int count);
  /// What a person should know about what was read, a line each: a sound that was repaired, a doubtful voice.
  void noticed(const QString& message);
  /// A failure that a person should read: what happened, and what to try.
  void problem(const QString& message, const QString& hint);

 private:
  struct EngineHolder;
  struct Prepared;
  struct Speaking;
  struct Original {
    std::shared_ptr<const Sound> sound;
    std::shared_ptr<const SoundOverview> overview;
  };
  const Original* knownOriginal() const;
  /// A slot and its plan when it was asked to speak.
  struct SpokenPlan {
    QPointer<PlanEditor> editor;  // gone when the slot is
    RunKey key;
    std::uint64_t bytes;  // of the weights
    std::shared_ptr<const ResolvedPlan> resolved;
  };

  void identifyCheckpoint();
  void findTranscript(const std::filesystem::path& clip);
  /// `noticed`, a line each; nothing where there are none.
  void notice(const std::vector<std::string>& lines);
  void sayIsOfAnother(const std::filesystem::path& file);
  void sayNothingIsOpen(const std::filesystem::path& file);
  void sayWhatIsMissing(const Document& document);
  PlanSlot makeSlot(std::shared_ptr<const Checkpoint> checkpoint, const PrecisionPlan& plan, int number,
                    const std::shared_ptr<const Calibration>& calibration);
  void showStudy(ShownStudy study);
  void setCalibration(const std::filesystem::path& file, std::shared_ptr<const Calibration> calibration);
  std::shared_ptr<const Run> called_earlier(const std::shared_ptr<const Run>& run) const;
  static RunKey keyOf(const std::filesystem::path& clip, const PlanSlot& slot,
                      const SynthesisSettings& settings);
  void renewEngine();
  void synthesizeClip(const Clip& clip, const SynthesisSettings& settings);
  void read(const Speaking& speaking);
  SpokenPlan speak(const Speaking& speaking, const PlanSlot& slot);
  void measure(const Speaking& speaking, const std::vector<SpokenPlan>& spoken);
  bool spoken(const Clip& clip) const;
  std::shared_ptr<Prepared> prepared(const Clip& clip, const Voice& voice);
  bool there(const SpokenPlan& plan) const;
  bool unchanged(const std::vector<SpokenPlan>& plans) const;
  void keepReport(const Report& report, std::vector<SpokenPlan> plans, const SynthesisSettings& settings);
  bool predicted(const ClipResult& clip) const;

  Lanes lanes_;
  JobGroup syntheses_{lanes_.device}, timings_{lanes_.device};
  QUndoGroup undo_group_;
  std::shared_ptr<const Checkpoint> checkpoint_;
  std::string checkpoint_sha256_;  // empty until it is computed
  std::filesystem::path calibration_file_;
  std::shared_ptr<const Calibration> calibration_;  // none also where the file is not there
  std::optional<ShownStudy> study_;
  std::vector<BlindTest> blind_tests_;
  std::vector<ValidatedPlan> validated_;                      // newest first
  nlohmann::json listening_tests_ = nlohmann::json::array();  // these, and others that the session came with
  Session restored_;  // what this document was opened from; empty when not from a session
  std::shared_ptr<EngineHolder> engine_;
  std::vector<PlanSlot> plan_slots_;
  int current_slot_ = 0;
  std::vector<Clip> clips_;
  int current_clip_ = -1;
  std::vector<Voice> voices_;
  SynthesisSettings settings_;
  Speak speak_;
  std::optional<JobRunner::Id> loading_;
  WeightErrors weights_{lanes_.idle};
  std::map<std::filesystem::path, std::shared_ptr<Prepared>> prepared_;  // under the present voice
  RunStore runs_;
  int earlier_shown_ = 0;
  Predictions predictions_ = Predictions::left_out;
  /// A run of the store, and the same under the name it is shown by.
  mutable std::pair<std::shared_ptr<const Run>, std::shared_ptr<const Run>> earlier_;
  std::map<std::filesystem::path, Original> originals_;                      // by clip
  std::map<std::filesystem::path, std::shared_ptr<const Run>> other_takes_;  // by clip
  std::optional<Report> report_;
  std::vector<SpokenPlan> measured_plans_;  // what the report is about,
  SynthesisSettings measured_settings_;     // and how it was spoken
};

}  // namespace octet::ui
