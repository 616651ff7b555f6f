#include "core/calibration/calibrate.h"

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/calibration/input_sums.h"
#include "core/checkpoint/calibration.h"
#include "core/checkpoint/sha256.h"
#include "core/kernels/arithmetic.h"
#include "core/kernels/torch_types.h"
#include "core/output_place.h"
#include "core/synthesis/bound_model.h"
#include "core/synthesis/finite_outputs.h"
#include "core/synthesis/pipeline.h"
#include "core/synthesis/working_memory.h"
#include "core/tensor/layer_kinds.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

constexpr auto kRequest = "octet_calibration_request", kClipsDone = "octet_calibration_clips",
               kUnder = "octet_calibration_under";

using Pass = std::vector<const Layer*>;

std::vector<Pass> passes_over(const LayerTable& layers, std::uint64_t most_sums) {
  std::vector<Pass> passes;
  std::uint64_t held = 0;
  for (const auto& layer : layers) {
    if (!is_calibrated(layer)) continue;
    const auto bytes = bytes_of_sums(layer);
    if (passes.empty() || held + bytes > most_sums) {
      passes.emplace_back();
      held = 0;
    }
    passes.back().push_back(&layer);
    held += bytes;
  }
  return passes;
}

/// The plan that layers listen under, and the calibration it is made with; empty where that is fp32.
std::string under(const std::optional<ResolvedPlan>& plan) {
  if (!plan) return {};
  const auto calibration = plan->calibration ? plan->calibration->sha256() : std::string();
  return fmt::format(R"({{"calibration":"{}","plan":{}}})", calibration, compact_plan(plan->plan));
}

/// Clips through the model, once for each pass.
class Calibrating {
 public:
  Calibrating(const Engine& engine, std::span<const ComparisonClip> clips,
              const CalibrationSettings& settings, std::filesystem::path path, const JobControl& control,
              std::uint64_t most_sums)
      : engine_(engine),
        clips_(clips),
        settings_(settings),
        path_(std::move(path)),
        control_(control),
        model_(settings.plan ? engine.bind(*settings.plan)
                             : engine.bind(preset("all-base", Precision::fp32, /*include_tokenizer=*/false))),
        passes_(passes_over(engine.checkpoint().layers(), most_sums)) {
    origin_ = {.checkpoint_sha256 = engine.checkpoint().source_sha256(),
               .clips = {},
               .steps = settings.steps == 0 ? engine.default_steps() : settings.steps,
               .balance = std::string(to_string(settings.balance)),
               .seed = clips.front().request.seed};
    for (const auto& clip : clips) origin_.clips.push_back({clip.name, hash_of(clip.request)});
  }

  void run() const {
    std::vector<TensorFile> sums;
    for (std::size_t i = 0; i < passes_.size(); ++i) {
      take(i);
      sums.push_back(open_tensor_file(place_of(i)));
    }
    std::vector<TensorSource> tensors;
    for (std::size_t i = 0; i < passes_.size(); ++i)
      for (const auto* layer : passes_[i])
        for (auto& tensor : means_of_stored(sums[i], *layer)) tensors.push_back(std::move(tensor));
    std::map<std::string, std::string> metadata{{"octet_calibration", format_origin(origin_)}};
    if (settings_.plan) metadata[kUnder] = under(settings_.plan);
    write_safetensors(path_, std::move(tensors), metadata, control_);
    for (std::size_t i = 0; i < passes_.size(); ++i) std::filesystem::remove(place_of(i));
  }

 private:
  using Sums = std::map<std::string, InputSums, std::less<>>;

  std::filesystem::path place_of(std::size_t pass) const {
    return path_.string() + fmt::format(".pass{}", pass + 1);
  }

  void take(std::size_t pass) const {
    Sums sums;
    for (const auto* layer : passes_[pass]) sums.emplace(layer->name, InputSums(*layer));
    for (auto clip = resumed(pass, sums); clip < clips_.size(); ++clip) {
      listen(pass, clip, sums);
      keep(pass, clip + 1, sums);
    }
  }

  /// How many clips of the pass were done before; their sums.
  std::size_t resumed(std::size_t pass, Sums& sums) const {
    const auto place = place_of(pass);
    if (!std::filesystem::exists(place)) return 0;
    const auto file = open_tensor_file(place);
    const auto said = [&](const char* key) {
      const auto found = file.metadata.find(key);
      return found == file.metadata.end() ? std::string() : found->second;
    };
    if (said(kRequest) != request_of(pass))
      throw Error(ErrorKind::input, place.string() + " is a part of another calibration",
                  "finish that one, remove the file, or write to another place");
    for (auto& [name, sum] : sums) sum.restore(file, torch_device(engine_.device()));
    return std::stoul(said(kClipsDone));
  }

  void keep(std::size_t pass, std::size_t clips, const Sums& sums) const {
    std::vector<TensorSource> tensors;
    for (const auto& [name, sum] : sums)
      for (auto& tensor : sum.stored()) tensors.push_back(std::move(tensor));
    write_safetensors(place_of(pass), std::move(tensors),
                      {{kRequest, request_of(pass)}, {kClipsDone, std::to_string(clips)}},
                      {});  // a stop that comes now waits: the clip was listened to
  }

  void listen(std::size_t pass, std::size_t clip, Sums& sums) const {
    auto request = clips_[clip].request;
    request.steps = steps_of(request);
    const auto whole = static_cast<int>(passes_.size() * clips_.size());
    const auto before = static_cast<int>(pass * clips_.size() + clip);
    constexpr int kParts = 100;  // of a clip
    const auto report = [&](int parts) {
      control_.at({"calibrating", kParts * before + parts, kParts * whole});
    };
    report(0);
    const JobControl inner{control_.stop, [&](const Progress& progress) {
                             if (progress.stage == "flow") report(90 * progress.done / progress.total);
                           }};
    Run run{.device = torch_device(engine_.device()), .stop = control_.stop};
    run.tap = [&](const std::string& layer, const at::Tensor& input, const ConvShape& shape) {
      if (const auto found = sums.find(layer); found != sums.end())
        found->second.add(input, shape, settings_.balance);
    };
    StageCache none(0);
    (void)with_finite_outputs(*model_, run, [&](const Run& watched) {
      return Pipeline(*model_, {&request, 1}, request.steps, none, watched, inner).synthesize();
    });
    for (const auto& [name, sum] : sums)
      if (sum.rows() == 0)
        throw Error(ErrorKind::input,
                    fmt::format("{}: nothing reaches layer {}", engine_.checkpoint().path().string(), name));
    report(kParts);
  }

  int steps_of(const SynthesisRequest& request) const {
    return request.steps == 0 ? origin_.steps : request.steps;
  }

  /// All that a pass's sums follow from.
  std::string request_of(std::size_t pass) const {
    Sha256 hash;
    auto text =
        format_origin(origin_) + under(settings_.plan) + describe_arithmetic() + describe(engine_.device());
    for (const auto& clip : clips_)
      text += fmt::format("|{} steps, seed {}", steps_of(clip.request), clip.request.seed);
    for (const auto* layer : passes_[pass]) text += "|" + layer->name;
    hash.update(std::as_bytes(std::span(text)));
    return hash.hex();
  }

  const Engine& engine_;
  std::span<const ComparisonClip> clips_;
  CalibrationSettings settings_;
  std::filesystem::path path_;
  const JobControl& control_;
  std::shared_ptr<const BoundModel> model_;
  std::vector<Pass> passes_;
  CalibrationOrigin origin_;
};

}  // namespace

void calibrate(const Engine& engine, std::span<const ComparisonClip> clips,
               const CalibrationSettings& settings, const std::filesystem::path& path,
               const JobControl& control, std::uint64_t most_sums) {
  if (find_output_place(path).kind != OutputPlace::Kind::file)
    throw Error(ErrorKind::usage, "a calibration is kept in a file, and its parts beside it", "give -o FILE");
  if (clips.empty()) throw Error(ErrorKind::input, "there is no speech to calibrate on");
  if (engine.checkpoint().metadata().contains("octet_plan"))
    throw Error(ErrorKind::input, engine.checkpoint().path().string() + " is an export",
                "calibrate the checkpoint that it was made from");
  translating_torch_errors([&] {
    configure_arithmetic(engine.device().threads);
    const c10::InferenceMode inference;
    std::vector<std::uint64_t> working;
    for (const auto& clip : clips) working.push_back(engine.working_bytes({&clip.request, 1}));
    const Calibrating calibrating(engine, clips, settings, path, control, most_sums);
    check_memory(engine.device(), {engine.checkpoint().file_bytes(), std::ranges::max(working) + most_sums},
                 "calibrating", "calibrate on shorter clips");
    calibrating.run();
  });
}

std::string hash_of(const SynthesisRequest& request) {
  Sha256 hash;
  const auto add = [&](const auto& values) { hash.update_counted(values); };
  add(request.tokens);
  add(request.voice.prompt_token);
  add(request.voice.prompt_feat);
  add(request.voice.embedding);
  for (const auto& [name, draw] : request.noise) {
    add(name);
    std::visit(add, draw.values);
  }
  return hash.hex();
}

}  // namespace octet
