#include "core/synthesis/finite_outputs.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"

namespace octet {
namespace {

/// fp16 is narrow, so it is the likelier cause wherever it takes part.
std::string hint_for(const ResolvedPlan& resolved) {
  const auto is_half = [](const Resolution& layer) {
    return layer.effective.storage == Precision::fp16 || layer.effective.base == Precision::fp16;
  };
  if (resolved.plan.base == Precision::fp16 || std::ranges::any_of(resolved.layers, is_half))
    return "fp16 ends at 65504: a plan with base bf16 or fp32 reaches further";
  return "the checkpoint is damaged, or its training diverged";
}

bool is_finite(const at::Tensor& tensor) { return at::isfinite(tensor).all().item<bool>(); }

}  // namespace

at::Tensor finite(const at::Tensor& tensor, const char* output) {
  if (!is_finite(tensor)) throw NotFinite{output};
  return tensor;
}

Probe blame_first_layer(const BoundModel& model) {
  return [&model](const std::string& layer, const at::Tensor& output) {
    if (is_finite(output)) return;
    throw Error(ErrorKind::input,
                fmt::format("{}: under the plan {}, layer {} gives NaN or infinity, the first to do so",
                            model.checkpoint().path().string(), model.resolved().plan.name, layer),
                hint_for(model.resolved()));
  };
}

void blame_output(const BoundModel& model, const NotFinite& failure) {
  throw Error(ErrorKind::input,
              fmt::format("{}: under the plan {}, {} holds NaN or infinity, though no layer gives such",
                          model.checkpoint().path().string(), model.resolved().plan.name, failure.output),
              hint_for(model.resolved()));
}

}  // namespace octet
