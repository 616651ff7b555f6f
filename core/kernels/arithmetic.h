#pragma once

#include <string>

namespace octet {

/// CPU threads of what this thread computes from now on; 0: one per core, or what OMP_NUM_THREADS says. Other
/// threads keep theirs, those started later too.
void use_threads(int threads);

/// How this thread computes from now on: with that many CPU threads (as above), and with all that Torch would
/// leave to its defaults or its caller set for the process. fp32 is fp32 everywhere (no TF32, no bf16
/// inside), sums of half types are fp32, kernels are deterministic and not chosen by timing. Engines do this
/// themselves, so that their results do not depend on who calls.
void configure_arithmetic(int threads);

/// Throws a Torch error that tells of memory where a setting is no longer so: when memory runs out in
/// oneDNN's product of matrices, Torch switches oneDNN off for the whole process and goes on by another way,
/// with other results (aten/src/ATen/native/LinearAlgebra.cpp). Before a result is handed out or kept.
void check_arithmetic();

/// All of those settings as they are on this thread, for keys: results of the same words are the same to the
/// bit.
std::string describe_arithmetic();

}  // namespace octet
