#pragma once

#include <memory>
#include <vector>

#include "core/study/sensitivity.h"

namespace octet {

/// Estimates the damages of flow and vocoder layers without speaking for each. Along weights W + t (Q - W) of
/// all of them, what changes in mel or spectrum is the integral over t from 0 to 1 of its derivative by the
/// weights, times Q - W, so that each layer has a share of it (Aumann and Shapley 1974; as integrated
/// gradients https://arxiv.org/abs/1703.01365). A layer's damage is the length of its share
/// (core/study/path_effects.h), as a part of the reference's. It sees neither inputs that are rounded,
/// biases that are corrected nor other parts of the model: such layers have a fault that says so. Throws
/// Error(usage) unless the base is fp32, and like Engine::synthesize.
Sensitivity fast_sensitivity(const std::shared_ptr<const Checkpoint>& checkpoint, const Engine& engine,
                             Sensitivity begun, const std::vector<ComparisonClip>& clips,
                             const JobControl& control);

}  // namespace octet
