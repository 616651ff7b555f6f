#include "core/kernels/arithmetic.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <omp.h>

#include <mutex>
#include <optional>

namespace octet {
namespace {

using at::Context;
using at::CuBLASReductionOption;
using at::Float32Backend;
using at::Float32Op;

struct Setting {
  const char* name;
  int wanted;
  int (*read)(const Context&);
  void (*write)(Context&);
};

template <Float32Backend backend, Float32Op op>
constexpr Setting ieee(const char* name) {
  return {name, static_cast<int>(at::Float32Precision::IEEE),
          [](const Context& context) { return static_cast<int>(context.float32Precision(backend, op)); },
          [](Context& context) { context.setFloat32Precision(backend, op, at::Float32Precision::IEEE); }};
}

// The old switches for TF32 come before the new ones: Torch refuses to compute where the two disagree. What
// is as Torch has it by default is here too, so that a caller who changed it gets the same results.
constexpr Setting kSettings[] = {
    {"TF32 in cuBLAS", 0, [](const Context& c) -> int { return c.allowTF32CuBLAS(); },
     [](Context& c) { c.setAllowTF32CuBLAS(false); }},
    {"TF32 in cuDNN", 0, [](const Context& c) -> int { return c.allowTF32CuDNN(); },
     [](Context& c) { c.setAllowTF32CuDNN(false); }},
    {"float32 matmul precision", static_cast<int>(at::Float32MatmulPrecision::HIGHEST),
     [](const Context& c) { return static_cast<int>(c.float32MatmulPrecision()); },
     [](Context& c) { c.setFloat32MatmulPrecision("highest"); }},
    ieee<Float32Backend::CUDA, Float32Op::MATMUL>("fp32 of CUDA matmul"),
    ieee<Float32Backend::CUDA, Float32Op::CONV>("fp32 of CUDA conv"),
    ieee<Float32Backend::CUDA, Float32Op::RNN>("fp32 of CUDA rnn"),
    ieee<Float32Backend::MKLDNN, Float32Op::MATMUL>("fp32 of oneDNN matmul"),
    ieee<Float32Backend::MKLDNN, Float32Op::CONV>("fp32 of oneDNN conv"),
    ieee<Float32Backend::MKLDNN, Float32Op::RNN>("fp32 of oneDNN rnn"),
    {"fp16 reduction in cuBLAS", static_cast<int>(CuBLASReductionOption::DisallowReducedPrecisionAllowSplitK),
     [](const Context& c) { return static_cast<int>(c.allowFP16ReductionCuBLAS()); },
     [](Context& c) { c.setAllowFP16ReductionCuBLAS(false, /*allow_splitk=*/true); }},
    {"bf16 reduction in cuBLAS", static_cast<int>(CuBLASReductionOption::DisallowReducedPrecisionAllowSplitK),
     [](const Context& c) { return static_cast<int>(c.allowBF16ReductionCuBLAS()); },
     [](Context& c) { c.setAllowBF16ReductionCuBLAS(false, /*allow_splitk=*/true); }},
    {"fp16 accumulation in cuBLAS", 0,
     [](const Context& c) -> int { return c.allowFP16AccumulationCuBLAS(); },
     [](Context& c) { c.setAllowFP16AccumulationCuBLAS(false); }},
    {"fp16 reduction on the CPU", 0, [](const Context& c) -> int { return c.allowFP16ReductionCPU(); },
     [](Context& c) { c.setAllowFP16ReductionCPU(false); }},
    {"half reduction in attention", 0,
     [](const Context& c) -> int { return c.allowFP16BF16ReductionMathSDP(); },
     [](Context& c) { c.setAllowFP16BF16ReductionMathSDP(false); }},
    {"flash attention", 1, [](const Context& c) -> int { return c.userEnabledFlashSDP(); },
     [](Context& c) { c.setSDPUseFlash(true); }},
    {"memory-efficient attention", 1, [](const Context& c) -> int { return c.userEnabledMemEfficientSDP(); },
     [](Context& c) { c.setSDPUseMemEfficient(true); }},
    {"plain attention", 1, [](const Context& c) -> int { return c.userEnabledMathSDP(); },
     [](Context& c) { c.setSDPUseMath(true); }},
    {"cuDNN attention", 1, [](const Context& c) -> int { return c.userEnabledCuDNNSDP(); },
     [](Context& c) { c.setSDPUseCuDNN(true); }},
    {"cuDNN", 1, [](const Context& c) -> int { return c.userEnabledCuDNN(); },
     [](Context& c) { c.setUserEnabledCuDNN(true); }},
    {"cuDNN deterministic", 1, [](const Context& c) -> int { return c.deterministicCuDNN(); },
     [](Context& c) { c.setDeterministicCuDNN(true); }},
    {"cuDNN benchmark", 0, [](const Context& c) -> int { return c.benchmarkCuDNN(); },
     [](Context& c) { c.setBenchmarkCuDNN(false); }},
    {"oneDNN", 1, [](const Context& c) -> int { return c.userEnabledMkldnn(); },
     [](Context& c) { c.setUserEnabledMkldnn(true); }},
    {"oneDNN deterministic", 0, [](const Context& c) -> int { return c.deterministicMkldnn(); },
     [](Context& c) { c.setDeterministicMkldnn(false); }},
    {"NNPACK", 1, [](const Context& c) -> int { return c.userEnabledNNPACK(); },
     [](Context& c) { c.setUserEnabledNNPACK(true); }},
    // On, it refuses operations that have no deterministic kernel; none of those is used.
    {"deterministic algorithms", 0, [](const Context& c) -> int { return c.deterministicAlgorithms(); },
     [](Context& c) { c.setDeterministicAlgorithms(false, /*warn_only=*/false); }},
};

/// None where the old switches and the new ones disagree.
std::optional<int> value_of(const Setting& setting) {
  try {
    return setting.read(at::globalContext());
  } catch (const c10::Error&) {
    return {};
  }
}

}  // namespace

void use_threads(int threads) {
  // Torch's own choice for a new thread comes first, and only once.
  const int given = at::get_num_threads();
  static const int every_core = given;
  // at::set_num_threads would also decide for all threads that are yet to begin.
  omp_set_num_threads(threads > 0 ? threads : every_core);
}

void configure_arithmetic(int threads) {
  use_threads(threads);
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  for (const auto& setting : kSettings)
    if (value_of(setting) != setting.wanted) setting.write(at::globalContext());
}

void check_arithmetic() {
  for (const auto& setting : kSettings)
    TORCH_CHECK(value_of(setting) == setting.wanted, setting.name,
                " was changed meanwhile, as when a library runs out of memory");
}

std::string describe_arithmetic() {
  auto text = fmt::format("{} threads", at::get_num_threads());
  for (const auto& setting : kSettings)
    text += fmt::format(", {} {}", setting.name, value_of(setting).value_or(-1));
  return text;
}

}  // namespace octet
