#include "core/study/sensitivity_sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <numeric>
#include <set>

#include "core/error.h"
#include "core/metrics/interval.h"
#include "core/study/in_rounds.h"
#include "core/synthesis/stage_meter.h"

namespace octet {
namespace {

/// Weights that an engine makes ahead of those that it measures.
constexpr std::size_t kAhead = 8;

/// That an interval is made of: two may well agree by chance.
constexpr int kFewestClips = 3;

/// Of several engines, some may be on the same.
std::size_t devices_of(const std::vector<const Engine*>& engines) {
  std::set<int> indices;
  for (const auto* engine : engines)
    if (engine->device().kind == Device::Kind::cuda) indices.insert(engine->device().index);
  return indices.empty() ? engines.size() : indices.size();
}

void require_alike(const std::vector<const Engine*>& engines) {
  const auto first = engines.at(0)->device();
  for (const auto* engine : engines) {
    const auto device = engine->device();
    if (describe(device) != describe(first) || device.threads != first.threads)
      throw Error(ErrorKind::usage,
                  fmt::format("{} is {} and {} is {}: they do not compute alike", to_string(first),
                              describe(first), to_string(device), describe(device)),
                  "name devices of one kind");
  }
}

}  // namespace

/// How far a sweep has come, told by several threads, one at a time.
class SensitivitySweep::Course {
 public:
  Course(const SensitivitySweep& sweep, const JobControl& control)
      : control_(control),
        expected_(sweep.expected_),
        expected_left_(std::accumulate(expected_.begin(), expected_.end(), 0.0)),
        engines_(static_cast<double>(sweep.engines_.size())),
        before_(static_cast<int>(sweep.study_.layers.size())),
        all_(before_ + static_cast<int>(expected_.size())) {}

  /// An engine is at work on one of the layers.
  void tell() {
    const std::lock_guard lock(mutex_);
    if (control_.report) control_.report(now());
  }
  /// The next one, in their order, is done.
  void step() {
    const std::lock_guard lock(mutex_);
    const auto seconds = expected_[static_cast<std::size_t>(done_++)];
    expected_done_ += seconds;
    expected_left_ -= seconds;
  }
  /// All are.
  void end() { control_.at(now()); }

 private:
  Progress now() const {
    // What has been measured by now says how right the expectation is.
    const auto pace = expected_done_ > 0 ? took_.seconds() / expected_done_ : 1 / engines_;
    return {"measuring layers", before_ + done_, all_, std::max(0.0, pace * expected_left_)};
  }

  const JobControl& control_;
  const std::vector<double>& expected_;
  double expected_done_ = 0, expected_left_;  ///< seconds of one engine
  const double engines_;
  const int before_, all_;
  int done_ = 0;
  Stopwatch took_;
  std::mutex mutex_;
};

SensitivitySweep::SensitivitySweep(std::vector<const Engine*> engines, Sensitivity begun,
                                   const std::vector<ComparisonClip>& clips, const JobControl& control)
    : engines_(std::move(engines)), study_(std::move(begun)), clips_(clips) {
  require_alike(engines_);
  for (const auto* one : engines_) streams_.emplace_back(one->device());
  const auto& engine = *engines_.front();
  const auto& layers = engine.checkpoint().layers();
  const auto& question = study_.subject.question;
  std::vector<std::string> said_before;
  const auto all = entries_of(layers, question, said_before);
  left_ = shard_of(all, question.shard);
  left_.erase(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(study_.layers.size()));
  base_ = resolve(sensitivity_base(question.base), layers, question.calibration);

  SensitivityRates rates{{}, std::vector<double>(question.choices.size())};
  if (!left_.empty()) {
    meters_.resize(engines_.size());
    const auto by_each = [&](const std::function<void(std::size_t, const JobControl&)>& work) {
      in_rounds(
          engines_.size(), engines_.size(), control.stop,
          [&](std::size_t worker, std::size_t, const std::stop_token& stop) {
            const JobControl own{stop, worker == 0 ? control.report : nullptr};
            streams_[worker].run([&] { work(worker, own); });
          },
          [](std::size_t) {});
    };
    by_each([&](std::size_t worker, const JobControl& own) {
      meters_[worker] = std::make_unique<DamageMeter>(*engines_[worker], base_, clips_, own);
    });
    control.at({"measuring what a layer takes"});
    // Those on one GPU take from each other, as they will.
    by_each([&](std::size_t worker, const JobControl& own) {
      auto measured = measured_rates(*engines_[worker], meters_[worker]->reference_model(), question, all,
                                     clips_, {own.stop, {}});
      if (worker == 0) rates = std::move(measured);
    });
  }
  cost_ = expected_cost(layers, all, left_, clips_.size(), rates);
  cost_.device = describe(engine.device());
  cost_.devices = devices_of(engines_);
  cost_.seconds /= static_cast<double>(engines_.size());
  cost_.hours *= static_cast<double>(cost_.devices) / static_cast<double>(engines_.size());
  for (const auto& entry : left_)
    expected_.push_back(expected_seconds(entry, layers[entry.layer], clips_.size(), rates));
}

SensitivitySweep::~SensitivitySweep() = default;

Sensitivity SensitivitySweep::run(const JobControl& control,
                                  const std::function<void(const Sensitivity&)>& keep) {
  Course course(*this, control);
  std::vector<LayerDamage> made(left_.size());
  const auto engines = engines_.size();
  in_rounds(
      left_.size(), engines, control.stop,
      [&](std::size_t worker, std::size_t piece, const std::stop_token& stop) {
        const JobControl within{stop, [&](const Progress&) { course.tell(); }};
        within.at({"measuring layers"});
        auto& meter = *meters_[worker];
        for (std::size_t i = 0, next = piece; i < kAhead && next < left_.size(); ++i, next += engines)
          meter.expect(left_[next].layer, left_[next].stored.effective);
        streams_[worker].run([&] { made[piece] = measured(meter, left_[piece], within); });
      },
      [&](std::size_t piece) {
        study_.layers.push_back(std::move(made[piece]));
        course.step();
        keep(study_);
      });
  if (!left_.empty()) course.end();
  return std::move(study_);
}

LayerDamage SensitivitySweep::measured(DamageMeter& meter, const SensitivityEntry& entry,
                                       const JobControl& control) const {
  auto damage = entry.damage;
  auto plan = base_;
  plan.layers[entry.layer] = entry.stored;
  plan.plan.name = fmt::format("{} with {} as {}", base_.plan.name, damage.layer, in_words(damage.choice));
  const auto enough = [share = study_.subject.question.interval](std::span<const double> damages) {
    const auto mean = mean_with_interval(damages);
    return mean.count >= kFewestClips && mean.half_width.value() < share * mean.value;
  };
  try {
    damage.clips = meter(plan, damage.kind, control, enough);
    const auto& values = damage.clips.clips;
    damage.damage = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    damage.clips = {};
    damage.damage = std::numeric_limits<double>::quiet_NaN();
    damage.fault = error.what();
  }
  return damage;
}

}  // namespace octet
