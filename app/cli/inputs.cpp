#include "app/cli/inputs.h"

#include <algorithm>

#include "core/checkpoint/find_checkpoint.h"
#include "core/checkpoint/unused_tensors.h"
#include "core/error.h"
#include "core/held_file.h"
#include "core/plan/range_guard.h"
#include "core/quant/methods.h"
#include "core/resources.h"

namespace octet::cli {
namespace {

constexpr auto kStandardInput = "-";

/// A name that cannot be looked at is none; opening it then says why.
bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

bool is_preset(const std::string& named) {
  return std::ranges::find(preset_names(), named) != preset_names().end();
}

}  // namespace

std::shared_ptr<const Checkpoint> open_checkpoint(const std::string& named, const Globals& globals) {
  const auto path = find_checkpoint(named);
  if (path != named) note(globals, "using " + path.string());
  auto checkpoint = Checkpoint::open(path);
  for (const auto& warning : warnings_of(*checkpoint)) warn(path.string() + ": " + warning);
  return checkpoint;
}

std::vector<std::string> warnings_of(const Checkpoint& checkpoint) {
  return unused_warnings(checkpoint.unexpected());
}

PrecisionPlan open_plan(const std::string& named, const Globals& globals) {
  if (is_preset(named)) {
    if (is_there(named))
      note(globals, "note: " + named + " is the preset, not the file of this name, which is ./" + named);
    return preset(named, Precision::bf16, /*include_tokenizer=*/false);
  }
  if (named != kStandardInput && !is_there(named))
    throw Error(ErrorKind::input, "there is no plan " + named, "octet plan new writes one");
  const auto file = HeldFile::open(named);
  return parse_plan(file->text(), file->name());
}

void check_effect(const ResolvedPlan& resolved, const std::string& named, const Globals& globals) {
  if (resolved.empty && !globals.allow_empty)
    throw Error(ErrorKind::input, named + ": none of its rules matches a layer of the checkpoint",
                "octet inspect CKPT --layers lists the names; --allow-empty takes the plan as it is");
}

std::shared_ptr<const Calibration> open_calibration(const std::string& named, const Checkpoint& checkpoint) {
  if (named.empty()) return {};
  auto calibration = Calibration::open(named);
  calibration->require_of(checkpoint);
  return calibration;
}

std::vector<std::string> unused_calibration(const Calibration* calibration,
                                            const std::vector<ResolvedPlan>& plans) {
  const auto takes_it = [](const ResolvedPlan& plan) {
    return std::ranges::any_of(plan.layers, [](const Resolution& layer) {
      return needs_calibration(layer.effective) || depends_on_range(layer.effective);
    });
  };
  if (!calibration || std::ranges::any_of(plans, takes_it)) return {};
  return {calibration->name() +
          " is not used: no layer is made with a calibration, and none is "
          "fp16 or rounds its inputs by one scale"};
}

void add_calibration_option(CLI::App& command, std::string& named) {
  command.add_option("--calibration", named, "what octet calibrate wrote, for layers that are made with it");
}

void add_predictions_option(CLI::App& command, Predictions& predictions) {
  command.add_flag_callback(
      "--predicted-mos", [&predictions] { predictions = Predictions::made; },
      "also what listeners would say, as networks (DNSMOS P.835, DistillMOS) predict it: seconds a clip and "
      "run; an "
      "alarm, never a verdict");
}

ResolvedPlan open_plan_for(const Checkpoint& checkpoint, const std::string& named, const Globals& globals,
                           const std::shared_ptr<const Calibration>& calibration) {
  auto resolved = resolve(open_plan(named, globals), checkpoint.layers(), calibration);
  check_effect(resolved, named, globals);
  return resolved;
}

std::filesystem::path plan_path(const std::string& named) { return is_preset(named) ? "" : named; }

void check_plan_name(const std::string& named) {
  if (is_preset(named))
    throw Error(ErrorKind::usage, named + " is the name of a preset, which a file would hide",
                "octet plan new --preset " + named + " -o my.plan.json makes a file of it; a file called " +
                    named + " is ./" + named);
}

Device chosen_device(const Globals& globals) {
  auto device = parse_device(globals.device);
  device.threads = globals.threads;
  return device;
}

std::vector<Device> chosen_devices(const Globals& globals) {
  auto devices = parse_devices(globals.device);
  for (auto& device : devices) device.threads = globals.threads;
  return devices;
}

Engine start_engine(const std::shared_ptr<const Checkpoint>& checkpoint, const Globals& globals) {
  return {checkpoint, chosen_device(globals)};
}

void refuse_skipped(const std::vector<SkippedClip>& skipped) {
  if (skipped.empty()) return;
  std::string faults = "clips that could not be used:";
  for (const auto& [name, reason] : skipped)
    faults.append("\n       ").append(name).append(": ").append(reason);
  throw Error(ErrorKind::check_failed, faults);
}

ClipFolder open_clips(const Engine& engine, const std::string& folder, std::size_t of_demo, int steps,
                      const Globals& globals, const JobControl& control) {
  auto found = folder.empty() ? read_clips(engine, demo_voice_folder() / "clips", control, of_demo)
                              : read_clips(engine, folder, control);
  for (auto& clip : found.clips) {
    clip.request.seed = globals.seed;
    if (steps != 0) clip.request.steps = steps;
  }
  if (folder.empty()) found.warnings.clear();
  return found;
}

}  // namespace octet::cli
