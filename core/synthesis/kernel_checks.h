#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/synthesis/self_check.h"

namespace octet {

/// Compares noise drawn on `device` with the CPU's, bit by bit.
void check_counted_noise(at::Device device, std::vector<SelfCheck>& checks);

/// Compares the operations over rows (core/ops/row_ops.h, wave_ops.h, hearing_ops.h) on `device` with the
/// same in fp32 on the CPU, at even and ragged shapes, with dense and int8 weights.
void check_row_operations(at::Device device, std::vector<SelfCheck>& checks);

/// What is recorded on a GPU: kept while there is room for it, and right when it had to go; int8 weights made
/// together. Nothing on the CPU.
void check_recordings(Device device, std::vector<SelfCheck>& checks);

/// Compares the vocoder on `device` with the CPU's, for one mel and source and in several plans. mel: fp32
/// [1, 80, frames]; source: fp32 [1, 1, 480 * frames].
void check_vocoder(const std::shared_ptr<const Checkpoint>& checkpoint, Device device, const at::Tensor& mel,
                   const at::Tensor& source, std::vector<SelfCheck>& checks);

/// ||test - reference|| / ||reference||, in fp64.
double relative_distance(const at::Tensor& test, const at::Tensor& reference);

}  // namespace octet
