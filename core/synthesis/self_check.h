#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/kernels/device.h"
#include "core/progress.h"

namespace octet {

/// One comparison of a device with the CPU.
struct SelfCheck {
  std::string what;
  double error = 0;  ///< relative L2 distance; 0 where bytes must agree
  double bound = 0;
  std::string skipped = {};  ///< why it could not be made on this machine; then error and bound mean nothing
  bool passed() const { return error <= bound; }
};

/// Compares `device` with the CPU: dequantization byte for byte (on a GPU also while another one is current),
/// every operation in every type, then each
/// stage of a synthesis with the demo voice in fp32 (same noise, same source), and in bf16 against fp32. The
/// CPU compares with itself: bounds are then met with 0, but bf16 is still bf16.
std::vector<SelfCheck> check_device(Device device, const std::filesystem::path& demo_voice,
                                    const JobControl& control);

}  // namespace octet
