#pragma once

#include <ATen/core/Tensor.h>

#include "core/synthesis/bound_model.h"

namespace octet {

/// A stage's output holds NaN or infinity.
struct NotFinite {
  const char* output;
};

/// The tensor itself. Throws NotFinite.
at::Tensor finite(const at::Tensor& tensor, const char* output);

/// Throws Error(input) for the first layer that gives a value that is not finite.
Probe blame_first_layer(const BoundModel& model);

/// All layers are finite, and yet the output is not.
[[noreturn]] void blame_output(const BoundModel& model, const NotFinite& failure);

/// What `work(run)` gives. Where it throws NotFinite it is done once more, watching every layer, so that
/// the error names the first to blame; while all is well, layers are not looked at.
template <typename Work>
auto with_finite_outputs(const BoundModel& model, const Run& run, const Work& work) {
  try {
    return work(run);
  } catch (const NotFinite&) {
    auto watching = run;
    watching.probe = blame_first_layer(model);
    try {
      return work(watching);
    } catch (const NotFinite& failure) {
      blame_output(model, failure);
    }
  }
}

}  // namespace octet
