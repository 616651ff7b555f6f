// How the workbench speaks: all that happens on the lane of the device.

#include <algorithm>

#include "core/audio/sound_doubts.h"
#include "core/plan/edit.h"
#include "core/synthesis/captured.h"
#include "core/synthesis/stage_cache.h"
#include "core/synthesis/tensor_inputs.h"
#include "core/synthesis/token_file.h"
#include "core/synthesis/voice_check.h"
#include "ui/document/file_kind.h"
#include "ui/listen/stream_resampler.h"
#include "ui/workbench/workbench.h"

namespace octet::ui {
namespace {

/// The recording at the rate of what is made of it, so that the window's thread need not resample it.
std::shared_ptr<const Sound> to_listen(std::shared_ptr<const Sound> recording) {
  if (!recording || recording->sample_rate == kSampleRate) return recording;
  return std::make_shared<const Sound>(
      Sound{kSampleRate, 1, resampled(recording->samples, recording->sample_rate, kSampleRate)});
}

/// What a synthesis made, and where.
struct Made {
  Synthesis synthesis;
  bool on_gpu;
};

}  // namespace

/// The engine, made on the lane of the device because starting a GPU takes a second. Only that lane uses it.
struct Workbench::EngineHolder {
  std::shared_ptr<const Checkpoint> checkpoint;
  QString device;
  int threads;
  std::unique_ptr<Engine> engine;

  const Engine& get() {
    if (!engine) {
      auto chosen = parse_device(device.toStdString());
      chosen.threads = threads;
      engine = std::make_unique<Engine>(checkpoint, chosen, StageCache::kForEditing);
    }
    return *engine;
  }
};

/// A clip ready to be spoken. Only the lane of the device looks into it.
struct Workbench::Prepared {
  bool ready = false;
  std::vector<std::int64_t> tokens;
  Conditioning voice;
  InjectedNoise noise;  // of what was captured, in its own voice
  int steps = 0;        // likewise
  std::shared_ptr<const Sound> original;
  std::vector<std::string> warnings;  // not yet told
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
  const bool made = std::ranges::all_of(
      plan_slots_, [&](const PlanSlot& slot) { return runs_.find(keyOf(clip, slot)) != nullptr; });
  return made && report_ && unchanged(measured_plans_) && measured_settings_ == settings_ &&
         measured_plans_.size() == plan_slots_.size() &&
         std::ranges::find(report_->clips, clip.name.toStdString(), &ClipResult::name) !=
             report_->clips.end();
}

void Workbench::cancelSynthesis() { syntheses_.cancel(); }

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
    request.steps = settings.steps == 0 ? ready->steps : settings.steps;
    request.seed = settings.seed;
    if (settings.seed == 0) request.noise = ready->noise;  // another seed asks for another take
    request.keep_stages = true;
    return request;
  };

  // One job a step, so that each can be seen, cancelled, and heard as soon as it is there.
  const auto job = [&](const QString& title, auto work, auto done) {
    syntheses_.run(title, this, std::move(work), std::move(done));
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
        const auto tell = [&ready](const std::vector<std::string>& found) {
          ready->warnings.insert(ready->warnings.end(), found.begin(), found.end());
        };
        const auto hear = [&tell](const std::filesystem::path& path) {
          auto sound = read_sound(path);
          tell(sound.notices);
          tell(doubts(sound, path.string()));
          return sound;
        };
        std::optional<Conditioning> own_voice;
        if (is_captured_utterance(clip.path)) {
          auto captured = read_captured(clip.path);
          tell(captured.notices);
          ready->tokens = std::move(captured.request.tokens);
          if (settings.voice.path.empty()) {
            if (captured.meanflow != (checkpoint.variant() == Variant::meanflow))
              throw Error(ErrorKind::input, clip.path.string() + " was spoken by a model of another variant",
                          "choose a voice: then it is spoken under the draws of the seed");
            own_voice = std::move(captured.request.voice);
            ready->noise = std::move(captured.request.noise);
            ready->steps = captured.request.steps;
          }
        } else if (holds_tensors(clip.path)) {
          if (settings.voice.path.empty())
            throw Error(ErrorKind::input,
                        clip.path.string() + " holds tokens, which have no voice of their own",
                        "choose a voice: a sound file or a conditioning file");
          auto [tokens, notices] = read_tokens(clip.path);
          ready->tokens = std::move(tokens);
          tell(notices);
        } else {
          original = std::make_shared<const Sound>(mono(hear(clip.path)));
          ready->tokens = engine.tokenize(*model, *original, control);
        }
        const auto& voice = settings.voice.path;
        const auto meet = [&] {
          if (own_voice) return std::move(*own_voice);
          if (voice.empty()) return engine.condition(*model, *original, control);
          if (!holds_tensors(voice)) return engine.condition(*model, hear(voice), control);
          auto file = read_conditioning(voice);
          tell(file.notices);
          return std::move(file.voice);
        };
        auto checked = check_voice(meet(), (voice.empty() ? clip.path : voice).string());
        ready->voice = std::move(checked.voice);
        tell(checked.warnings);
        ready->original = to_listen(original);
        ready->ready = true;
        return ready->original;
      },
      [this, clip, ready, checkpoint = checkpoint_](const std::shared_ptr<const Sound>& original) {
        if (checkpoint != checkpoint_) return;  // another was opened meanwhile
        originals_[clip.path] = original;
        QStringList lines;
        for (const auto& warning : std::exchange(ready->warnings, {}))
          lines << QString::fromStdString(warning);
        if (!lines.isEmpty()) Q_EMIT noticed(lines.join('\n'));
      });

  std::vector<SpokenPlan> spoken;
  for (const auto& slot : plan_slots_) {
    spoken.push_back({slot.editor, slot.name, slot.editor->fingerprint(), slot.editor->size().total().bytes,
                      std::make_shared<const ResolvedPlan>(slot.editor->resolved())});
    job(
        tr("Synthesize %1: %2").arg(slot.name, clip.name),
        [holder, ready, request_of, plan = spoken.back().resolved,
         speak = speak_](const JobControl& control) {
          if (!ready->ready) throw Error(ErrorKind::cancelled, "the clip could not be read");
          const auto& engine = holder->get();
          return Made{speak(engine, *engine.bind(*plan), request_of(), control),
                      engine.device().kind == Device::Kind::cuda};
        },
        [this, plan = spoken.back(), clip, settings](Made made) {
          if (!plan.editor) return;  // the slot was removed, or another checkpoint opened, meanwhile
          RunKey key{clip.path,      plan.slot,     plan.recipes,    stored_name(settings.voice),
                     settings.steps, settings.seed, settings.device, settings.threads};
          runs_.keep(std::make_shared<const Run>(
              Run{plan.slot, QString::fromStdString(plan.resolved->plan.name), clip.name, plan.resolved,
                  std::move(key), plan.bytes, made.on_gpu, std::move(made.synthesis)}));
          if (current_clip_ >= 0) runs_.use(clips_[static_cast<std::size_t>(current_clip_)].path);
          Q_EMIT runsChanged();
        });
  }
  job(
      tr("Measure %1").arg(clip.name),
      [holder, ready, request_of, spoken, clip](const JobControl& control) {
        if (!ready->ready) throw Error(ErrorKind::cancelled, "the clip could not be read");
        std::vector<PlannedRun> planned;
        planned.reserve(spoken.size());
        for (const auto& plan : spoken) planned.push_back({plan.slot.toStdString(), *plan.resolved});
        return compare_runs(holder->get(), planned, {{clip.name.toStdString(), request_of()}}, control)
            .report;
      },
      [this, spoken, settings](const Report& report) {
        if (unchanged(spoken)) keepReport(report, spoken, settings);
      });
}

/// Whether the slots, as many as there are, would do the same now.
bool Workbench::unchanged(const std::vector<SpokenPlan>& plans) const {
  return std::ranges::all_of(plans, [](const SpokenPlan& plan) {
    return plan.editor && same_effect(*plan.resolved, plan.editor->resolved());
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

}  // namespace octet::ui
