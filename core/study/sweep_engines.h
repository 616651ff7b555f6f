#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "core/synthesis/engine.h"

namespace octet {

/// How many models of so many bytes a sweep keeps on a GPU that has `available` bytes left: one alone leaves
/// much of it idle, and more than these gain nothing (docs/benchmarks.md). At least one.
std::size_t engines_of_gpu(std::uint64_t available, std::uint64_t model);

/// Engines for DamageSweep: one on a CPU, several on each GPU. Throws like Engine.
std::deque<Engine> sweep_engines(const std::shared_ptr<const Checkpoint>& checkpoint,
                                 const std::vector<Device>& devices);

}  // namespace octet
