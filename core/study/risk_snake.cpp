#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/checkpoint/read_weight.h"
#include "core/kernels/torch_types.h"
#include "core/study/risk.h"
#include "core/study/risk_clips.h"
#include "core/synthesis/host_tensors.h"

namespace octet {
namespace {

constexpr std::size_t kWorstChannels = 10, kCurves = 3;
constexpr int kPoints = 129;  // of a curve

/// core/s3gen/layers.h, in whatever type the input has.
at::Tensor snake(const at::Tensor& x, const at::Tensor& alpha) {
  return x + at::pow(at::sin(x * alpha), 2) / (alpha + 1e-9);
}

at::Tensor in_eight_bits(const at::Tensor& alpha) {
  const auto scale = alpha.abs().max().clamp_min(1e-12) / 127;
  return at::round(alpha / scale) * scale;
}

/// A layer's alphas, fp32 [channels], and what its channels were given and gave so far.
class Watched {
 public:
  static constexpr std::size_t kWays = 3;  // plan, bf16, int8

  Watched(const Checkpoint& checkpoint, const Layer& layer, Precision planned, at::Device device)
      : name_(layer.name) {
    const auto in = [&](Precision precision) {
      return read_as(checkpoint, layer, layer.tensors.front(), dtype_of(precision)).to(device, at::kFloat);
    };
    exact_ = in(Precision::fp32);
    rounded_ = {in(planned), in(Precision::bf16), in_eight_bits(exact_)};
    const auto none = at::zeros(exact_.sizes(), exact_.options().dtype(at::kDouble));
    squares_ = reach_ = none;
    errors_.fill(none);
  }

  /// x: [1, channels, rows]
  void look(const at::Tensor& x) {
    const auto given = x.to(at::kFloat);
    const auto sum = [](const at::Tensor& values) {
      return values.to(at::kDouble).pow(2).sum(at::IntArrayRef{0, 2});
    };
    const auto of = [&](const at::Tensor& alpha) { return snake(given, alpha.view({1, -1, 1})); };
    const auto right = of(exact_);
    squares_ = squares_ + sum(right);
    reach_ = at::maximum(reach_, given.abs().amax(at::IntArrayRef{0, 2}).to(at::kDouble));
    for (std::size_t way = 0; way < kWays; ++way)
      errors_[way] = errors_[way] + sum(of(rounded_[way]) - right);
  }

  void add_channels(std::vector<SnakeRisk::Channel>& channels) const {
    const auto here = [](const at::Tensor& values) { return values.cpu().to(at::kDouble).contiguous(); };
    const auto exact = here(exact_), reach = here(reach_);
    std::array<at::Tensor, kWays> rounded, errors;
    for (std::size_t way = 0; way < kWays; ++way) {
      rounded[way] = here(rounded_[way]);
      errors[way] = here((errors_[way] / squares_.clamp_min(1e-30)).sqrt());
    }
    const auto ways = [](const std::array<at::Tensor, kWays>& values, std::int64_t i) {
      const auto value = [&](std::size_t way) { return values[way].data_ptr<double>()[i]; };
      return SnakeRisk::Ways{value(0), value(1), value(2)};
    };
    for (std::int64_t i = 0; i < exact.numel(); ++i)
      channels.push_back({name_, static_cast<int>(i), exact.data_ptr<double>()[i], ways(rounded, i),
                          ways(errors, i), reach.data_ptr<double>()[i]});
  }

 private:
  std::string name_;
  at::Tensor exact_, squares_, reach_;
  std::array<at::Tensor, kWays> rounded_, errors_;
};

std::map<std::string, Watched> snakes_of(const RiskModels& models, at::Device device) {
  const auto& checkpoint = models.engine.checkpoint();
  const auto& layers = checkpoint.layers();
  std::map<std::string, Watched> watched;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].type == LayerType::snake)
      watched.emplace(
          layers[i].name,
          Watched(checkpoint, layers[i], resolved_plan(*models.plan).layers[i].effective.storage, device));
  return watched;
}

SnakeRisk::Curve curve_of(const SnakeRisk::Channel& channel) {
  const auto x = at::linspace(-channel.reach, channel.reach, kPoints, at::kDouble);
  const auto values = [](const at::Tensor& t) {
    return std::vector<double>(t.data_ptr<double>(), t.data_ptr<double>() + t.numel());
  };
  const auto of = [&](double alpha) { return values(snake(x, at::scalar_tensor(alpha, at::kDouble))); };
  const auto& [plan, bf16, int8] = channel.rounded;
  return {channel.layer, channel.channel, values(x), of(channel.alpha), of(plan), of(bf16), of(int8)};
}

void sum_up(const std::vector<SnakeRisk::Channel>& channels, SnakeRisk& risk) {
  for (const auto way : {&SnakeRisk::Ways::plan, &SnakeRisk::Ways::bf16, &SnakeRisk::Ways::int8})
    for (const auto& channel : channels) {
      risk.mean.*way += channel.error.*way / static_cast<double>(channels.size());
      risk.largest.*way = std::max(risk.largest.*way, channel.error.*way);
    }
}

}  // namespace

SnakeRisk risk_of_snake(const Engine& engine, const ResolvedPlan& plan,
                        const std::vector<ComparisonClip>& clips, const JobControl& control) {
  const RiskModels models(engine, plan);
  const auto device = torch_device(engine.device());
  auto watched = snakes_of(models, device);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    control.at({"vocoder", static_cast<int>(i), static_cast<int>(clips.size())});
    auto request = clips[i].request;
    request.keep_stages = true;
    const auto stages = models.speak(*models.reference, request, control).stages;
    Run run{.device = device, .stop = control.stop};
    run.tap = [&](const std::string& layer, const at::Tensor& input, const ConvShape&) {
      if (const auto found = watched.find(layer); found != watched.end()) found->second.look(input);
    };
    (void)models.reference->vocoder().decode(to_torch(stages.at("mel")).to(device),
                                             to_torch(stages.at("source")).to(device), run, [](double) {});
  }
  std::vector<SnakeRisk::Channel> channels;
  for (const auto& [name, layer] : watched) layer.add_channels(channels);
  SnakeRisk risk;
  risk.channels = static_cast<int>(channels.size());
  sum_up(channels, risk);
  std::ranges::stable_sort(channels, [](const auto& a, const auto& b) {
    return std::pair(a.error.plan, a.error.int8) > std::pair(b.error.plan, b.error.int8);
  });
  channels.resize(std::min(channels.size(), kWorstChannels));
  risk.worst = std::move(channels);
  for (std::size_t i = 0; i < std::min(risk.worst.size(), kCurves); ++i)
    risk.curves.push_back(curve_of(risk.worst[i]));
  return risk;
}

}  // namespace octet
