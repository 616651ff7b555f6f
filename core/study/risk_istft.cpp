#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/kernels/torch_types.h"
#include "core/s3gen/format.h"
#include "core/study/risk.h"
#include "core/study/risk_blame.h"
#include "core/study/risk_clips.h"
#include "core/synthesis/host_tensors.h"

namespace octet {
namespace {

constexpr auto kLast = "mel2wav.conv_post";
constexpr int kPart = s3gen::kSampleRate / 100;
constexpr std::size_t kWorst = 5;
constexpr double kApart = 0.05;                         // seconds; nearer ones are one moment
constexpr double kHeardNepers = 3 * 2.302585092994046;  // 60 dB

/// A vocoder's end.
struct End {
  at::Tensor given;      ///< to conv_post
  at::Tensor magnitude;  ///< its logarithm, nepers
  at::Tensor phase;      ///< radians
  at::Tensor waveform;   ///< [samples]
};

End decode(const s3gen::Hift& vocoder, const at::Tensor& mel, const at::Tensor& source,
           const JobControl& control, at::Device device) {
  End end;
  Run run{.device = device, .stop = control.stop};
  run.tap = [&](const std::string& layer, const at::Tensor& input, const ConvShape&) {
    if (layer == kLast) end.given = input;
  };
  run.probe = [&](const std::string& layer, const at::Tensor& output) {
    if (layer != kLast) return;
    const auto bins = output.size(1) / 2;
    end.magnitude = output.slice(1, 0, bins);
    end.phase = at::sin(output.slice(1, bins));
  };
  // In one piece, so that conv_post is seen once.
  end.waveform = vocoder.decode(
      mel, source, run, [](double) {}, mel.size(2))[0];
  return end;
}

IstftRisk::Errors errors(const End& right, const End& test) {
  const auto heard = right.magnitude > right.magnitude.max() - kHeardNepers;
  const auto rms = [&](const at::Tensor& difference) {
    return std::sqrt(difference.masked_select(heard).to(at::kDouble).pow(2).mean().item<double>());
  };
  constexpr double kDecibelsPerNeper = 8.685889638065037;
  return {relative_error(right.given, test.given), kDecibelsPerNeper * rms(test.magnitude - right.magnitude),
          rms(test.phase - right.phase), relative_error(right.waveform, test.waveform)};
}

void add(IstftRisk::Errors& sum, const IstftRisk::Errors& one, double share) {
  sum.before += share * one.before;
  sum.magnitude += share * one.magnitude;
  sum.phase += share * one.phase;
  sum.waveform += share * one.waveform;
}

void add_worst(std::vector<IstftRisk::Worst>& worst, const std::string& clip, const End& right,
               const End& test) {
  const auto parts = right.waveform.size(0) / kPart;
  const auto level = right.waveform.pow(2).mean().sqrt().item<double>();
  const auto off = (test.waveform - right.waveform)
                       .slice(0, 0, parts * kPart)
                       .view({parts, kPart})
                       .pow(2)
                       .mean(1)
                       .sqrt()
                       .cpu();
  const auto [sorted, order] = off.sort(/*dim=*/0, /*descending=*/true);
  std::vector<IstftRisk::Worst> found;
  for (std::int64_t i = 0; i < parts && found.size() < kWorst; ++i) {
    const auto part = order[i].item<std::int64_t>();
    const double seconds = (static_cast<double>(part) + 0.5) * kPart / s3gen::kSampleRate;
    const auto apart = [&](const IstftRisk::Worst& other) {
      return std::abs(other.seconds - seconds) > kApart - 0.5 / s3gen::kSampleRate;
    };
    if (std::ranges::all_of(found, apart))
      found.push_back({clip, seconds, sorted[i].item<double>() / std::max(level, 1e-12)});
  }
  worst.insert(worst.end(), found.begin(), found.end());
  std::ranges::stable_sort(worst, std::greater<>(), &IstftRisk::Worst::error);
  worst.resize(std::min(worst.size(), kWorst));
}

}  // namespace

IstftRisk risk_of_istft(const Engine& engine, const ResolvedPlan& plan,
                        const std::vector<ComparisonClip>& clips, const JobControl& control) {
  const RiskModels models(engine, plan);
  const auto device = torch_device(engine.device());
  IstftRisk risk;
  const double share = 1 / static_cast<double>(clips.size());
  for (std::size_t i = 0; i < clips.size(); ++i) {
    control.at({"vocoder", static_cast<int>(i), static_cast<int>(clips.size())});
    auto request = clips[i].request;
    request.keep_stages = true;
    const auto stages = models.speak(*models.reference, request, control).stages;
    const auto mel = to_torch(stages.at("mel")).to(device), source = to_torch(stages.at("source")).to(device);
    const auto end = [&](const BoundModel& model) {
      return decode(model.vocoder(), mel, source, control, device);
    };
    const auto right = end(*models.reference), test = end(*models.plan);
    add(risk.plan, errors(right, test), share);
    add(risk.bf16, errors(right, end(*models.bf16)), share);
    add_worst(risk.worst, clips[i].name, right, test);
    if (i > 0) continue;
    risk.blamed = blame(models, "mel2wav.", control, [&](const BoundModel& model) {
      return relative_error(right.waveform, end(model).waveform);
    });
  }
  return risk;
}

}  // namespace octet
