#include "core/study/damage_sweep.h"

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
constexpr int kFewestHeard = 3;

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
class DamageSweep::Course {
 public:
  Course(const DamageSweep& sweep, const JobControl& control)
      : control_(control),
        expected_(sweep.expected_),
        expected_left_(std::accumulate(expected_.begin(), expected_.end(), 0.0)),
        engines_(static_cast<double>(sweep.engines_.size())),
        stage_(sweep.work_.stage),
        before_(static_cast<int>(sweep.work_.done)),
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
    return {stage_, before_ + done_, all_, std::max(0.0, pace * expected_left_)};
  }

  const JobControl& control_;
  const std::vector<double>& expected_;
  double expected_done_ = 0, expected_left_;  ///< seconds of one engine
  const double engines_;
  const std::string& stage_;
  const int before_, all_;
  int done_ = 0;
  Stopwatch took_;
  std::mutex mutex_;
};

DamageSweep::DamageSweep(std::vector<const Engine*> engines, DamageWork work,
                         const std::vector<ComparisonClip>& clips, const JobControl& control)
    : engines_(std::move(engines)), work_(std::move(work)), clips_(clips) {
  require_alike(engines_);
  for (const auto* one : engines_) streams_.emplace_back(one->device());
  const auto& engine = *engines_.front();
  const auto& layers = engine.checkpoint().layers();
  SensitivityRates rates{{}, std::vector<double>(work_.choices)};
  if (!work_.left.empty()) rates = prepare(control);
  cost_ = expected_cost(layers, work_.all, work_.left, clips_.size(), rates);
  cost_.device = describe(engine.device());
  cost_.devices = devices_of(engines_);
  cost_.seconds /= static_cast<double>(engines_.size());
  cost_.hours *= static_cast<double>(cost_.devices) / static_cast<double>(engines_.size());
  for (const auto& entry : work_.left)
    expected_.push_back(expected_seconds(entry, layers, clips_.size(), rates));
}

DamageSweep::~DamageSweep() = default;

SensitivityRates DamageSweep::prepare(const JobControl& control) {
  const auto by_each = [&](const std::function<void(std::size_t, const JobControl&)>& work) {
    in_rounds(
        engines_.size(), engines_.size(), control.stop,
        [&](std::size_t worker, std::size_t, const std::stop_token& stop) {
          const JobControl own{stop, worker == 0 ? control.report : nullptr};
          streams_[worker].run([&] { work(worker, own); });
        },
        [](std::size_t) {});
  };
  meters_.resize(engines_.size());
  by_each([&](std::size_t worker, const JobControl& own) {
    meters_[worker] = std::make_unique<DamageMeter>(*engines_[worker], work_.base, clips_, own);
  });
  control.at({"measuring what a layer takes"});
  // Those on one GPU take from each other, as they will.
  SensitivityRates rates;
  by_each([&](std::size_t worker, const JobControl& own) {
    auto measured = measured_rates(*engines_[worker], meters_[worker]->reference_model(), work_.choices,
                                   work_.calibration, work_.all, clips_, {own.stop, {}});
    if (worker == 0) rates = std::move(measured);
  });
  return rates;
}

void DamageSweep::run(const JobControl& control, const std::function<void(MeasuredDamage)>& take) {
  Course course(*this, control);
  const auto& left = work_.left;
  std::vector<MeasuredDamage> made(left.size());
  const auto engines = engines_.size();
  in_rounds(
      left.size(), engines, control.stop,
      [&](std::size_t worker, std::size_t piece, const std::stop_token& stop) {
        const JobControl within{stop, [&](const Progress&) { course.tell(); }};
        within.at({work_.stage});
        auto& meter = *meters_[worker];
        for (std::size_t i = 0, next = piece; i < kAhead && next < left.size(); ++i, next += engines)
          for (const auto& layer : left[next].layers) meter.expect(layer.layer, layer.stored.effective);
        streams_[worker].run([&] { made[piece] = measured(meter, left[piece], within); });
      },
      [&](std::size_t piece) {
        course.step();
        take(std::move(made[piece]));
      });
  if (!left.empty()) course.end();
}

MeasuredDamage DamageSweep::measured(DamageMeter& meter, const SweepEntry& entry,
                                     const JobControl& control) const {
  auto plan = work_.base;
  for (const auto& layer : entry.layers) plan.layers[layer.layer] = layer.stored;
  plan.plan.name = fmt::format("{} with {}", work_.base.plan.name, entry.name);
  const auto enough = [share = work_.interval](std::span<const double> damages) {
    const auto mean = mean_with_interval(damages);
    return mean.count >= kFewestHeard && mean.half_width.value() < share * mean.value;
  };
  try {
    auto clips = meter(plan, entry.kind, control, enough);
    const auto& values = clips.clips;
    const auto mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    return {mean, std::move(clips)};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    return {std::numeric_limits<double>::quiet_NaN(), {}, error.what()};
  }
}

}  // namespace octet
