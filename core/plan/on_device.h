#pragma once

#include "core/kernels/device.h"
#include "core/plan/plan.h"

namespace octet {

/// `resolved` as `device` computes it: layers whose method it does not have are kept as their base, with the
/// reason, and a warning.
ResolvedPlan on_device(ResolvedPlan resolved, Device device);

}  // namespace octet
