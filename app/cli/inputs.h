#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/cli/console.h"
#include "core/checkpoint/calibration.h"
#include "core/checkpoint/checkpoint.h"
#include "core/metrics/clip_folder.h"
#include "core/metrics/predicted_mos.h"
#include "core/plan/plan.h"
#include "core/synthesis/engine.h"

namespace octet::cli {

/// Opens what the user named: a file, "-" for standard input, a folder with one checkpoint, or the bare name
/// of a file in the Hugging Face cache ("s3gen.safetensors"). Warns of tensors that are not used.
std::shared_ptr<const Checkpoint> open_checkpoint(const std::string& named, const Globals& globals);

/// The warnings that opening it gave, as --json has them.
std::vector<std::string> warnings_of(const Checkpoint& checkpoint);

/// The preset of this name; else a plan file. A file called as a preset is only meant by a path, such as
/// ./seed.
PrecisionPlan open_plan(const std::string& named, const Globals& globals);

/// Throws Error(input) when the rules of the plan that the user named match no layer, unless --allow-empty
/// allows it.
void check_effect(const ResolvedPlan& resolved, const std::string& named, const Globals& globals);

/// The calibration that the user named, which is checked to be of the checkpoint; none for an empty name.
std::shared_ptr<const Calibration> open_calibration(const std::string& named, const Checkpoint& checkpoint);

/// Says that no layer of these plans is made with the calibration; nothing where one is, or there is none.
std::vector<std::string> unused_calibration(const Calibration* calibration,
                                            const std::vector<ResolvedPlan>& plans);

/// A plan resolved against a checkpoint, on which it is checked to have an effect.
ResolvedPlan open_plan_for(const Checkpoint& checkpoint, const std::string& named, const Globals& globals,
                           const std::shared_ptr<const Calibration>& calibration = {});

/// Adds --calibration.
void add_calibration_option(CLI::App& command, std::string& named);

/// Adds --predicted-mos.
void add_predictions_option(CLI::App& command, Predictions& predictions);

/// The file that `named` is, empty for a preset.
std::filesystem::path plan_path(const std::string& named);

/// Throws Error(usage) when a plan file would be called as a preset.
void check_plan_name(const std::string& named);

/// The device and the threads that the global options ask for.
Device chosen_device(const Globals& globals);

/// The devices that they ask for, for what can use several: each with those threads.
std::vector<Device> chosen_devices(const Globals& globals);

/// The engine on the device the global options ask for.
Engine start_engine(const std::shared_ptr<const Checkpoint>& checkpoint, const Globals& globals);

/// Throws Error(check_failed) naming the clips that could not be used, where there are any.
void refuse_skipped(const std::vector<SkippedClip>& skipped);

/// The clips of `folder` (core/metrics/clip_folder.h), or where it is empty `of_demo` of the demo voice's,
/// under the global seed and by `steps` Euler steps where that is not 0. There is nothing to warn of the demo
/// voice's.
ClipFolder open_clips(const Engine& engine, const std::string& folder, std::size_t of_demo, int steps,
                      const Globals& globals, const JobControl& control);

}  // namespace octet::cli
