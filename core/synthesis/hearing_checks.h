#pragma once

#include <vector>

#include "core/synthesis/check_draws.h"
#include "core/synthesis/self_check.h"

namespace octet {

/// Compares what voices and tokens are computed with on `device` (core/ops/hearing_ops.h), but for products,
/// with the same on the CPU, at even and ragged shapes.
void check_hearing(at::Device device, Draws& draws, std::vector<SelfCheck>& checks);

}  // namespace octet
