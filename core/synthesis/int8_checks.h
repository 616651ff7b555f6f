#pragma once

#include <vector>

#include "core/synthesis/check_draws.h"
#include "core/synthesis/self_check.h"

namespace octet {

/// Compares layers that round their input to int8 on `device` with the same on the CPU: the integers, their
/// products, and the layers, at even and ragged shapes.
void check_rounded_products(at::Device device, Draws& draws, std::vector<SelfCheck>& checks);

}  // namespace octet
