#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "core/kernels/torch_types.h"
#include "core/s3gen/flow_matching.h"
#include "core/study/damage.h"
#include "core/study/risk.h"
#include "core/study/risk_blame.h"
#include "core/study/risk_clips.h"
#include "core/synthesis/bound_model.h"
#include "core/synthesis/host_tensors.h"
#include "core/synthesis/noise.h"

namespace octet {
namespace {

constexpr int kSteps = 10;
constexpr int kCourses[] = {2, 5, 10, 20};
constexpr std::pair<int, int> kWindows[] = {{1, 2}, {3, 5}, {6, 8}, {9, 10}, {1, 10}};

/// Euler's method as solve_flow has it (core/s3gen/flow_matching.h), with an estimator for each step.
class Trajectory {
 public:
  /// Inputs are those of the reference.
  Trajectory(const BoundModel& reference, const SynthesisRequest& request, const Synthesis& spoken,
             const Run& run)
      : run_(run), guided_(!reference.flow().estimator().meanflow()) {
    const auto tensor = [&](const char* name) { return to_torch(spoken.stages.at(name)).to(run.device); };
    const auto mu = tensor("encoder_out").transpose(1, 2).contiguous();
    const auto prompt = tensor("prompt_feat");
    const auto condition =
        at::constant_pad_nd(prompt, {0, 0, 0, mu.size(2) - prompt.size(1)}).transpose(1, 2);
    const auto speaker = reference.flow().project_speaker(tensor("embedding"), run);
    mu_ = with_blank(mu);
    condition_ = with_blank(condition);
    speaker_ = with_blank(speaker);
    const auto noise = draw_noise(request.seed, request.generator,
                                  {.frames = mu.size(2),
                                   .output_tokens = static_cast<std::int64_t>(request.tokens.size()),
                                   .samples = 0,
                                   .waves = 1,
                                   .meanflow = !guided_},
                                  request.noise, run.device)
                           .flow.get();
    start_ = s3gen::initial_state(
        {noise.noise.to(run.device), noise.tail.defined() ? noise.tail.to(run.device) : at::Tensor()});
  }

  bool guided() const { return guided_; }
  const at::Tensor& start() const { return start_; }

  /// With guidance [2, 80, frames], conditional and blank; else [1, 80, frames].
  at::Tensor slopes(const s3gen::Estimator& estimator, const at::Tensor& state, int step, int steps) const {
    const auto times = s3gen::time_grid(steps, !guided_);
    const auto at = [&](int i) { return times.slice(0, i, i + 1).repeat(guided_ ? 2 : 1).to(run_.device); };
    return estimator(guided_ ? at::cat({state, state}) : state, mu_, speaker_, condition_, at(step),
                     at(step + 1), run_);
  }
  at::Tensor guided(const at::Tensor& slopes) const {
    if (!guided_) return slopes;
    return (1.0 + s3gen::kGuidance) * slopes.slice(0, 0, 1) - s3gen::kGuidance * slopes.slice(0, 1);
  }
  at::Tensor next(const at::Tensor& state, const at::Tensor& slope, int step, int steps) const {
    const auto times = s3gen::time_grid(steps, !guided_);
    return state +
           (times.slice(0, step + 1, step + 2) - times.slice(0, step, step + 1)).to(run_.device) * slope;
  }

 private:
  at::Tensor with_blank(const at::Tensor& t) const { return guided_ ? at::cat({t, at::zeros_like(t)}) : t; }

  Run run_;
  bool guided_;
  at::Tensor start_, mu_, speaker_, condition_;
};

/// What guidance makes of errors, at each state of the reference; and the error of the plan in windows.
void look_into(const Trajectory& trajectory, const s3gen::Estimator& reference, const s3gen::Estimator& plan,
               StepsRisk& sums, const JobControl& control) {
  auto state = trajectory.start();
  for (int step = 0; step < kSteps; ++step) {
    control.at({"steps", step, kSteps});
    const auto right = trajectory.slopes(reference, state, step, kSteps);
    if (trajectory.guided()) {
      const auto test = trajectory.slopes(plan, state, step, kSteps);
      auto& guidance = sums.guidance[static_cast<std::size_t>(step)];
      guidance.conditional += relative_error(right.slice(0, 0, 1), test.slice(0, 0, 1));
      guidance.blank += relative_error(right.slice(0, 1), test.slice(0, 1));
      guidance.guided += relative_error(trajectory.guided(right), trajectory.guided(test));
    }
    state = trajectory.next(state, trajectory.guided(right), step, kSteps);
  }
  for (auto& window : sums.windows) {
    auto mixed = trajectory.start();
    for (int step = 0; step < kSteps; ++step) {
      control.at({"steps", step, kSteps});
      const bool within = window.first <= step + 1 && step + 1 <= window.last;
      const auto slopes = trajectory.slopes(within ? plan : reference, mixed, step, kSteps);
      mixed = trajectory.next(mixed, trajectory.guided(slopes), step, kSteps);
    }
    window.error += relative_error(state, mixed);
  }
}

void add_course(StepsRisk::Course& course, const RiskModels& models, SynthesisRequest request,
                const JobControl& control) {
  request.steps = course.steps;
  request.keep_stages = true;
  request.last_stage = LastStage::mel;
  const auto reference = models.speak(*models.reference, request, control);
  const auto add = [&](const BoundModel& model, std::vector<double>& errors) {
    const auto test = models.speak(model, request, control);
    errors.resize(static_cast<std::size_t>(course.steps));
    for (std::size_t i = 0; i < errors.size(); ++i) {
      const auto name = "mel_step_" + std::to_string(i + 1);
      errors[i] += relative_error(to_torch(reference.stages.at(name)), to_torch(test.stages.at(name)));
    }
  };
  add(*models.plan, course.plan);
  add(*models.bf16, course.bf16);
}

/// By two steps, a fifth of the time of ten.
std::vector<BlamedPart> blamed_parts(const RiskModels& models, SynthesisRequest request,
                                     const JobControl& control) {
  request.steps = kCourses[0];
  request.last_stage = LastStage::mel;
  const auto mel = [&](const BoundModel& model) { return models.speak(model, request, control).mel; };
  const auto right = mel(*models.reference);
  return blame(models, "flow.", control,
               [&](const BoundModel& model) { return relative_error(right, mel(model)); });
}

}  // namespace

StepsRisk risk_of_steps(const Engine& engine, const ResolvedPlan& plan,
                        const std::vector<ComparisonClip>& clips, const JobControl& control) {
  const RiskModels models(engine, plan);
  StepsRisk risk;
  for (const int steps : kCourses) risk.courses.push_back({steps, {}, {}});
  for (const auto& [first, last] : kWindows) risk.windows.push_back({first, last, 0});
  if (!models.reference->flow().estimator().meanflow()) risk.guidance.resize(kSteps);
  for (const auto& clip : clips) {
    for (auto& course : risk.courses) add_course(course, models, clip.request, control);
    auto request = clip.request;
    request.steps = kSteps;
    request.keep_stages = true;
    request.last_stage = LastStage::mel;
    const Run run{.device = torch_device(engine.device()), .stop = control.stop};
    const Trajectory trajectory(*models.reference, request, models.speak(*models.reference, request, control),
                                run);
    look_into(trajectory, models.reference->flow().estimator(), models.plan->flow().estimator(), risk,
              control);
  }
  risk.blamed = blamed_parts(models, clips.front().request, control);
  const auto mean = [&](double& sum) { sum /= static_cast<double>(clips.size()); };
  for (auto& course : risk.courses)
    for (auto* errors : {&course.plan, &course.bf16}) std::ranges::for_each(*errors, mean);
  for (auto& window : risk.windows) mean(window.error);
  for (auto& [conditional, blank, guided] : risk.guidance)
    for (auto* error : {&conditional, &blank, &guided}) mean(*error);
  return risk;
}

}  // namespace octet
