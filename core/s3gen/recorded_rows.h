#pragma once

#include <cstdint>

#include "core/s3gen/layers.h"

namespace octet::s3gen {

/// Whole seconds of rows.
constexpr std::int64_t whole_seconds(std::int64_t rows, std::int64_t rows_per_second) {
  return (rows + rows_per_second - 1) / rows_per_second * rows_per_second;
}

/// Whether clips are filled up to whole seconds, so that those of other lengths seldom need another
/// recording. What fills up is left out as in a batch. Not in fp32, where that takes longer than recording
/// saves (docs/benchmarks.md), nor where inputs are rounded by all that is in them, what fills up too.
inline bool fills_up(const Scope& scope) {
  return scope.activations() != at::kFloat && !scope.rounds_inputs();
}

}  // namespace octet::s3gen
