#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/kernels/device.h"
#include "core/progress.h"

namespace octet {

class Calibration;

/// One thing that was looked at.
struct VerifyCheck {
  std::string what;
  bool passed = false;
  std::string detail;  ///< figures, or the first tensor that is wrong and how
};

struct Verification {
  std::shared_ptr<const Checkpoint> exported;  ///< what was looked at
  std::string plan;                            ///< the name of the plan it was made with
  std::vector<VerifyCheck> checks;
  std::string not_spoken;  ///< why no speech was made from the file; empty when it was

  bool passed() const;
};

/// Reloads an export and looks at every tensor: type as its plan says, finite values, positive scales, int8
/// within ±127; then synthesizes a built-in request where flow and vocoder are in it. With `source`, every
/// tensor is compared byte for byte with what the source gives under the export's plan and format, and, but
/// for stock files, the waveforms bit for bit. `calibration`: that the export was made with, where it was
/// made with one. Throws Error(input) when the file cannot be opened as an export at all, Error(usage) naming
/// the calibration where `source` cannot be compared without it.
Verification verify_export(const std::filesystem::path& path, const std::shared_ptr<const Checkpoint>& source,
                           Device device, const JobControl& control,
                           const std::shared_ptr<const Calibration>& calibration = {});

}  // namespace octet
