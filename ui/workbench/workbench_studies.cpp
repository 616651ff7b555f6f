// What the workbench finds out about plans and layers: long work on the lane of the device.

#include <algorithm>

#include "core/calibration/calibrate.h"
#include "core/output_place.h"
#include "core/s3gen/format.h"
#include "core/synthesis/benchmark.h"
#include "core/synthesis/built_in_request.h"
#include "ui/language/sentences.h"
#include "ui/measures/plan_times.h"
#include "ui/risks/risk_work.h"
#include "ui/study/pairs_work.h"
#include "ui/study/sensitivity_work.h"
#include "ui/theme/shown_path.h"
#include "ui/validation/validation_work.h"
#include "ui/workbench/engine_holder.h"
#include "ui/workbench/read_clip.h"
#include "ui/workbench/workbench.h"

namespace octet::ui {

/// In turn, on speech as long as that of the clip that is shown.
void Workbench::timePlans() {
  const auto runs = this->runs();
  if (runs.empty() || timings_.active()) return;
  std::vector<SpokenPlan> plans;
  plans.reserve(plan_slots_.size());
  for (const auto& slot : plan_slots_)
    plans.push_back({slot.editor, keyOf({}, slot, settings_), 0, slot.editor->sharedResolved()});
  const auto bf16 = resolve(preset("all-base", Precision::bf16, false), checkpoint_->layers());
  const bool has_bf16 = std::ranges::any_of(plan_slots_, [&](const auto& slot) {
    return std::ranges::equal(slot.editor->resolved().layers, bf16.layers, {}, &Resolution::effective,
                              &Resolution::effective);
  });
  const BenchmarkRequest request{.seconds = runs.front()->seconds(), .steps = settings_.steps};
  timings_.setTitle(tr("Time the plans"));
  timings_.run(
      timings_.title(), this,
      [holder = engine_, plans, request, bf16, has_bf16](const JobControl& control) {
        const auto& engine = holder->get();
        const auto frames = [](double seconds) {
          return std::int64_t{s3gen::kFramesPerToken} * tokens_in(seconds);
        };
        PlanTimes times{.names = {},
                        .request = request,
                        .plans = {},
                        .on_gpu = engine.device().kind == Device::Kind::cuda,
                        .device = QString::fromStdString(describe(engine.device()))};
        std::vector<ResolvedPlan> resolved;
        resolved.reserve(plans.size());
        for (const auto& plan : plans) {
          times.names << slot_name(plan.key.slot);
          resolved.push_back(*plan.resolved);
        }
        times.of_slots = times.names.size();
        if (!has_bf16) {  // what int8 has to be faster than
          times.names << QStringLiteral("bf16");
          resolved.push_back(bf16);
        }
        times.working_bytes = engine.working_bytes(frames(request.prompt_seconds), frames(request.seconds));
        times.plans = benchmark(engine, resolved, request, control);
        return times;
      },
      [this, plans, settings = settings_](const PlanTimes& times) {
        if (unchanged(plans) && settings == settings_) Q_EMIT timed(times);
      });
}

/// Another checkpoint was opened meanwhile.
void Workbench::sayIsOfAnother(const std::filesystem::path& file) {
  notice({tr("%1 is complete, but of the checkpoint that was open before.")
              .arg(shown_path(QString::fromStdString(file.string())))
              .toStdString()});
}

void Workbench::calibrate(const CalibrationRequest& asked) {
  struct Made {
    std::shared_ptr<const Calibration> calibration;
    std::vector<std::string> warnings;
  };
  lanes_.device.run(
      tr("Calibrate on %1").arg(asked.name), this,
      [holder = engine_, asked, settings = settings_,
       inputs = files_of(session())](const JobControl& control) {
        check_outputs({asked.path}, inputs);
        const auto& engine = holder->get();
        auto speech = asked.folder.empty() ? read_speech(engine, asked.clips, settings.voice, control)
                                           : read_clips(engine, asked.folder, control);
        for (const auto& [name, reason] : speech.skipped) speech.warnings.push_back(left_out(name, reason));
        for (auto& clip : speech.clips) clip.request.seed = settings.seed;
        for (auto& doubt : doubts(speech.clips)) speech.warnings.push_back(std::move(doubt));
        octet::calibrate(engine, speech.clips, {.steps = asked.steps, .balance = CalibrationBalance::rows},
                         asked.path, control);
        return Made{open_calibration(asked.path, engine.checkpoint()), std::move(speech.warnings)};
      },
      [this, asked, checkpoint = checkpoint_](Made made) {
        if (checkpoint != checkpoint_) return sayIsOfAnother(asked.path);
        setCalibration(asked.path, std::move(made.calibration));
        made.warnings.insert(made.warnings.begin(),
                             tr("calibrated: all methods of int8 can be chosen now (%1)")
                                 .arg(QString::fromStdString(asked.path.string()))
                                 .toStdString());
        notice(made.warnings);
      });
}

void Workbench::validate(const ValidationRequest& asked) {
  lanes_.device.run(
      tr("Validate on %1").arg(QString::fromStdString(asked.set.string())), this,
      [holder = engine_, asked, settings = ValidationSettings{settings_.steps, settings_.seed, calibration_},
       inputs = files_of(session())](const JobControl& control) {
        check_outputs({asked.report, result_of(asked)}, inputs);
        return carry_out(holder->get(), asked, settings, control);
      },
      [this, asked, checkpoint = checkpoint_, calibration = calibration_](ValidationMade made) {
        made.said.insert(made.said.begin(), tr("validated:").toStdString());
        notice(made.said);
        if (checkpoint == checkpoint_ && calibration == calibration_)
          validated_.insert(validated_.begin(), std::make_move_iterator(made.plans.begin()),
                            std::make_move_iterator(made.plans.end()));
        Q_EMIT validated(QString::fromStdString(asked.report.string()));
      });
}

const ValidatedPlan* Workbench::validationOf(int slot) const {
  const auto& plan = plan_slots_[static_cast<std::size_t>(slot)].editor->plan();
  const auto known = std::ranges::find_if(validated_, [&plan](const ValidatedPlan& validated) {
    auto called_alike = validated.plan;  // a name changes nothing of the sound
    called_alike.name = plan.name;
    return called_alike == plan;
  });
  return known == validated_.end() ? nullptr : &*known;
}

void Workbench::studySensitivity(const SensitivityRequest& asked) {
  struct Made {
    ShownStudy shown;
    std::vector<std::string> said;
  };
  lanes_.device.run(
      tr("Study the sensitivity of %1").arg(asked.name), this,
      [holder = engine_, asked, settings = settings_,
       inputs = files_of(session())](const JobControl& control) {
        check_outputs({asked.result}, inputs);
        const auto& engine = holder->get();
        const auto read = [&] { return read_speech(engine, asked.clips, settings.voice, control); };
        auto made =
            carry_out(holder->checkpoint, engine, asked, {settings.steps, settings.seed}, read, control);
        const auto name = asked.result.filename().string();
        auto layers = layer_damages(made.study, name, engine.checkpoint());
        return Made{{name, std::make_shared<const Sensitivity>(std::move(made.study)), std::move(layers)},
                    std::move(made.said)};
      },
      [this, asked, checkpoint = checkpoint_](Made made) {
        if (checkpoint != checkpoint_) return sayIsOfAnother(asked.result);
        made.said.insert(made.said.begin(),
                         tr("studied, see Damage in the tree: %1")
                             .arg(shown_path(QString::fromStdString(asked.result.string())))
                             .toStdString());
        auto& warnings = made.shown.layers.warnings;
        warnings.insert(warnings.begin(), made.said.begin(), made.said.end());
        showStudy(std::move(made.shown));
      });
}

void Workbench::studyPairs(const PairsRequest& asked) {
  if (!study_) return;
  lanes_.device.run(
      tr("Study pairs of layers of %1").arg(QString::fromStdString(study_->name)), this,
      [holder = engine_, asked, study = study_->study, calibration = calibration_, settings = settings_,
       inputs = files_of(session())](const JobControl& control) {
        check_outputs({asked.result}, inputs);
        const auto& engine = holder->get();
        const auto read = [&] { return read_speech(engine, asked.clips, settings.voice, control); };
        return carry_out(*holder->checkpoint, engine, *study, calibration, asked,
                         {settings.steps, settings.seed}, read, control);
      },
      [this, asked, checkpoint = checkpoint_](const PairsMade& made) {
        if (checkpoint != checkpoint_) return sayIsOfAnother(asked.result);
        notice(made.said);
        Q_EMIT pairsShown(made.pairs, QString::fromStdString(asked.result.filename().string()));
      });
}

JobRunner::Id Workbench::lookAtRisk(const RiskRequest& asked, QObject* context,
                                    std::function<void(const FoundRisk&)> found) {
  struct Looked {
    FoundRisk found;
    std::vector<std::string> warnings;
  };
  const auto& slot = plan_slots_[static_cast<std::size_t>(asked.slot)];
  const auto name = QString::fromStdString(slot.editor->plan().name);
  const auto clips = asked.clips.size() == 1 ? asked.clips.front().name
                                             : tr("%n clips", nullptr, static_cast<int>(asked.clips.size()));
  const auto of = tr("%1: %2, on %3").arg(slot.name(), name, clips);
  return lanes_.device.run(
      tr("Look at a risk of %1").arg(of), context,
      [holder = engine_, asked, of, settings = settings_,
       plan = slot.editor->resolved()](const JobControl& control) {
        const auto& engine = holder->get();
        auto speech = read_speech(engine, asked.clips, settings.voice, control);
        for (auto& clip : speech.clips) {
          clip.request.seed = settings.seed;
          if (settings.steps != 0) clip.request.steps = settings.steps;
        }
        for (const auto& [clip, reason] : speech.skipped) speech.warnings.push_back(left_out(clip, reason));
        Looked looked{{carry_out(asked, engine, plan, speech.clips, control), asked.slot, of},
                      std::move(speech.warnings)};
        if (const auto* speaker = std::get_if<SpeakerRisk>(&looked.found.risk))
          std::ranges::move(doubts(*speaker), std::back_inserter(looked.warnings));
        return looked;
      },
      [this, found = std::move(found)](const Looked& looked) {
        notice(looked.warnings);
        found(looked.found);
      });
}

}  // namespace octet::ui
