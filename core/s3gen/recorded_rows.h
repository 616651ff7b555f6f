#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>

namespace octet::s3gen {

/// Whole seconds of rows.
constexpr std::int64_t whole_seconds(std::int64_t rows, std::int64_t rows_per_second) {
  return (rows + rows_per_second - 1) / rows_per_second * rows_per_second;
}

/// Rows of the recording that serves a clip of `rows`: in bf16 and fp16 whole seconds, so that clips of other
/// lengths seldom need another one. What fills up is left out as in a batch; in fp32 that takes longer than
/// recording saves (docs/benchmarks.md).
constexpr std::int64_t recorded_rows(std::int64_t rows, std::int64_t rows_per_second,
                                     at::ScalarType activations) {
  return activations == at::kFloat ? rows : whole_seconds(rows, rows_per_second);
}

}  // namespace octet::s3gen
