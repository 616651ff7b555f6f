#pragma once

#include <filesystem>

#include "core/study/sensitivity_sweep.h"

namespace octet {

/// `begun` with the layers that `result` has, where it is a file. Throws like resumed().
Sensitivity with_kept(Sensitivity begun, const std::filesystem::path& result);

/// Runs the sweep and keeps what is done in `result`, a second apart at most, and the last of it where the
/// work ends early: the same study goes on from there. Nothing is kept where `result` is no file; what is
/// complete is the caller's to write. Throws like SensitivitySweep::run, and Error(output).
Sensitivity run_kept(SensitivitySweep& sweep, const std::filesystem::path& result, const JobControl& control);

}  // namespace octet
