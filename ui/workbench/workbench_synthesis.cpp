// How the workbench speaks, and measures what it spoke.

#include <algorithm>

#include "core/calibration/calibrate.h"
#include "core/plan/edit.h"
#include "core/quant/methods.h"
#include "ui/workbench/engine_holder.h"
#include "ui/workbench/read_clip.h"
#include "ui/workbench/workbench.h"

namespace octet::ui {
namespace {

/// What a synthesis made, and where.
struct Made {
  Synthesis synthesis;
  std::shared_ptr<const SoundOverview> overview;
  bool on_gpu;
};

std::shared_ptr<const SoundOverview> overview_of(const std::shared_ptr<const Sound>& sound) {
  return sound ? std::make_shared<const SoundOverview>(sound->samples, sound->sample_rate) : nullptr;
}

/// What a clip's measures are, and why they may flatter.
struct Measured {
  Comparison comparison;
  std::vector<std::string> doubts;
};

/// Says which clips weights of these runs were calibrated on; a sentence, or none.
std::vector<std::string> calibrated_on(const std::vector<PlannedRun>& runs,
                                       const std::vector<ComparisonClip>& clips) {
  const auto made = std::ranges::find_if(runs, [](const PlannedRun& run) {
    return run.plan.calibration && std::ranges::any_of(run.plan.layers, [](const Resolution& layer) {
             return needs_calibration(layer.effective);
           });
  });
  if (made == runs.end()) return {};
  return heard_before(*made->plan.calibration, clips);
}

}  // namespace

/// Only the lane of the device looks into it.
struct Workbench::Prepared : ReadClip {
  bool ready = false;
};

void Workbench::renewEngine() {
  engine_ =
      std::make_shared<EngineHolder>(EngineHolder{checkpoint_, settings_.device, settings_.threads, nullptr});
}

void Workbench::synthesize() {
  if (!checkpoint_) return;
  if (current_clip_ < 0) {
    Q_EMIT problem(tr("There is nothing to speak."), tr("Drop a sound file or a token file on the window."));
    return;
  }
  const auto& clip = clips_[static_cast<std::size_t>(current_clip_)];
  if (!synthesizing()) syntheses_.setTitle(tr("Synthesize %1").arg(clip.name));
  synthesizeClip(clip, settings_);
}

void Workbench::synthesizeAll() {
  if (!checkpoint_) return;
  syntheses_.setTitle(tr("Synthesize all clips"));
  for (const auto& clip : clips_)
    if (!spoken(clip)) synthesizeClip(clip, settings_);
}

/// Whether there is nothing left to do for it: a batch that was stopped goes on where it was.
bool Workbench::spoken(const Clip& clip) const {
  const bool made = std::ranges::all_of(plan_slots_, [&](const PlanSlot& slot) {
    return runs_.find(keyOf(clip.path, slot, settings_)) != nullptr;
  });
  if (!made || !report_ || !unchanged(measured_plans_) || measured_settings_ != settings_ ||
      measured_plans_.size() != plan_slots_.size())
    return false;
  const auto measured = std::ranges::find(report_->clips, clip.name.toStdString(), &ClipResult::name);
  return measured != report_->clips.end() && predicted(*measured);
}

/// Whether nothing that was asked for is missing.
bool Workbench::predicted(const ClipResult& clip) const {
  return predictions_ == Predictions::left_out || clip.floors.empty() ||
         std::ranges::find(clip.floors.front().scores, "predicted_mos_overall", &Score::measure) !=
             clip.floors.front().scores.end();
}

void Workbench::setPredictions(Predictions predictions) {
  predictions_ = predictions;
  if (report_ && !std::ranges::all_of(report_->clips, [&](const auto& clip) { return predicted(clip); }))
    synthesize();
}

void Workbench::cancelSynthesis() { syntheses_.cancel(); }

std::shared_ptr<Workbench::Prepared> Workbench::prepared(const Clip& clip, const Voice& voice) {
  if (!(voice == settings_.voice)) return std::make_shared<Prepared>();
  auto& prepared = prepared_[clip.path];
  if (!prepared) prepared = std::make_shared<Prepared>();
  return prepared;
}

/// One clip to be spoken, as it was asked for.
struct Workbench::Speaking {
  Clip clip;
  SynthesisSettings settings;
  std::shared_ptr<EngineHolder> holder;
  std::shared_ptr<Prepared> ready;

  /// Once it was read.
  SynthesisRequest request() const {
    if (!ready->ready) throw Error(ErrorKind::cancelled, "the clip could not be read");
    SynthesisRequest request;
    request.tokens = ready->tokens;
    request.voice = ready->voice;
    request.steps = settings.steps == 0 ? ready->steps : settings.steps;
    request.seed = settings.seed;
    if (settings.seed == 0) request.noise = ready->noise;  // another seed asks for another take
    request.keep_stages = true;
    return request;
  }
};

/// One job a step, so that each can be seen, cancelled, and heard as soon as it is there.
void Workbench::synthesizeClip(const Clip& clip, const SynthesisSettings& settings) {
  const Speaking speaking{clip, settings, engine_, prepared(clip, settings.voice)};
  read(speaking);
  std::vector<SpokenPlan> spoken;
  spoken.reserve(plan_slots_.size());
  for (const auto& slot : plan_slots_) spoken.push_back(speak(speaking, slot));
  measure(speaking, spoken);
}

void Workbench::read(const Speaking& speaking) {
  syntheses_.run(
      tr("Read %1").arg(speaking.clip.name), this,
      [speaking](const JobControl& control) {
        const auto& [clip, settings, holder, ready] = speaking;
        if (!ready->ready) {
          *ready = {read_clip(holder->get(), clip, settings.voice, control), true};
          ready->recording.reset();  // what is heard of it is the original
        }
        return Original{ready->original, overview_of(ready->original)};
      },
      [this, speaking, checkpoint = checkpoint_](const Original& original) {
        if (checkpoint != checkpoint_) return;  // another was opened meanwhile
        originals_[speaking.clip.path] = original;
        notice(std::exchange(speaking.ready->warnings, {}));
      });
}

Workbench::SpokenPlan Workbench::speak(const Speaking& speaking, const PlanSlot& slot) {
  const auto& clip = speaking.clip;
  auto key = keyOf(clip.path, slot, speaking.settings);
  SpokenPlan plan{slot.editor, std::move(key), slot.editor->size().total().bytes,
                  slot.editor->sharedResolved()};
  syntheses_.run(
      tr("Synthesize %1: %2").arg(slot.name(), clip.name), this,
      [speaking, resolved = plan.resolved, speak = speak_](const JobControl& control) {
        const auto request = speaking.request();
        const auto& engine = speaking.holder->get();
        auto made = speak(engine, *engine.bind(*resolved), request, control);
        auto overview = std::make_shared<const SoundOverview>(made.waveform, kSampleRate);
        return Made{std::move(made), std::move(overview), engine.device().kind == Device::Kind::cuda};
      },
      [this, plan, clip, voice = stored_name(speaking.settings.voice)](Made made) {
        const auto spoken = std::ranges::find(clips_, clip.path, &Clip::path);
        if (!there(plan) || spoken == clips_.end()) return;
        runs_.keep(std::make_shared<const Run>(
            Run{run_name(plan.key.slot), QString::fromStdString(plan.resolved->plan.name), clip.name, voice,
                plan.resolved, plan.key, plan.bytes, made.on_gpu, std::move(made.synthesis), 0,
                std::move(made.overview)}));
        if (current_clip_ >= 0) runs_.use(clips_[static_cast<std::size_t>(current_clip_)].path);
        const auto place = static_cast<int>(spoken - clips_.begin());
        Q_EMIT runMade(place);
        if (place == current_clip_) Q_EMIT runsChanged();
      });
  return plan;
}

void Workbench::measure(const Speaking& speaking, const std::vector<SpokenPlan>& spoken) {
  syntheses_.run(
      tr("Measure %1").arg(speaking.clip.name), this,
      [speaking, spoken, predictions = predictions_](const JobControl& control) {
        std::vector<PlannedRun> planned;
        planned.reserve(spoken.size());
        for (const auto& plan : spoken)
          planned.push_back({slot_name(plan.key.slot).toStdString(), *plan.resolved});
        const std::vector<ComparisonClip> clips{{speaking.clip.name.toStdString(), speaking.request()}};
        return Measured{
            compare_runs(speaking.holder->get(), planned, clips, control, Waveforms::kept, predictions),
            calibrated_on(planned, clips)};
      },
      [this, speaking, spoken](Measured measured) {
        if (!unchanged(spoken)) return;
        for (const auto& doubt : measured.doubts) Q_EMIT noticed(QString::fromStdString(doubt));
        auto& made = measured.comparison;
        auto take = std::make_shared<Run>();
        take->name = tr("%1, other noise").arg(slot_name(spoken.front().key.slot));
        take->clip = speaking.clip.name;
        take->key = spoken.front().key;
        take->synthesis.waveform = std::move(made.other_takes.at(0));
        other_takes_[speaking.clip.path] = std::move(take);
        keepReport(made.report, spoken, speaking.settings);
      });
}

/// Not where the slot was removed, or another document opened, meanwhile. The editor may outlive that: it
/// goes when what was told before has been heard.
bool Workbench::there(const SpokenPlan& plan) const {
  return plan.editor &&
         std::ranges::find(plan_slots_, plan.editor.data(), &PlanSlot::editor) != plan_slots_.end();
}

/// Whether the slots, as many as there are, would do the same now.
bool Workbench::unchanged(const std::vector<SpokenPlan>& plans) const {
  return std::ranges::all_of(plans, [this](const SpokenPlan& plan) {
    return there(plan) && (plan.resolved == plan.editor->sharedResolved() ||
                           same_effect(*plan.resolved, plan.editor->resolved()));
  });
}

void Workbench::keepReport(const Report& report, std::vector<SpokenPlan> plans,
                           const SynthesisSettings& settings) {
  const bool more_of_the_same = report_ && plans.size() == measured_plans_.size() &&
                                unchanged(measured_plans_) && settings == measured_settings_;
  measured_plans_ = std::move(plans);
  measured_settings_ = settings;
  if (!more_of_the_same) {
    report_ = report;
    Q_EMIT reportChanged();
    return;
  }
  for (const auto& clip : report.clips) {
    auto known = std::ranges::find(report_->clips, clip.name, &ClipResult::name);
    if (known != report_->clips.end())
      *known = clip;
    else
      known = report_->clips.insert(known, clip);
    Q_EMIT clipMeasured(static_cast<int>(known - report_->clips.begin()));
  }
}

}  // namespace octet::ui
