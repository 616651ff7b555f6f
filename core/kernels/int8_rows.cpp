#include "core/kernels/int8_rows.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <mutex>
#include <vector>

#include "core/kernels/dequantize.h"
#include "core/kernels/in_parallel.h"
#include "core/kernels/int8_kernels.h"
#include "core/kernels/int8_step.h"
#include "core/kernels/processor.h"

// Compiled for several processors; the widest that is there is chosen as the program starts.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define OCTET_WIDE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define OCTET_WIDE
#endif

namespace octet {
namespace {

constexpr int kLeast = -128, kMost = 127;

/// The least and the largest of numbers and nought.
struct Range {
  float low = 0;
  float high = 0;
};

/// NaN and infinity, which integers would hide, make it one of NaN.
OCTET_WIDE void find_range(const float* x, std::int64_t count, Range* range) {
  constexpr int kLanes = 16;
  float low[kLanes] = {}, high[kLanes] = {}, wild[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane) {
      const float number = x[i + lane];
      low[lane] = number < low[lane] ? number : low[lane];
      high[lane] = number > high[lane] ? number : high[lane];
      wild[lane] += number * 0;
    }
  for (; i < count; ++i) {
    low[0] = std::min(low[0], x[i]);
    high[0] = std::max(high[0], x[i]);
    wild[0] += x[i] * 0;
  }
  float sum = 0;
  for (int lane = 0; lane < kLanes; ++lane) {
    range->low = std::min(range->low, low[lane]);
    range->high = std::max(range->high, high[lane]);
    sum += wild[lane];
  }
  range->low += sum;
  range->high += sum;
}

/// The largest size below the threshold, NaN where a number is not finite; `reached` is set in the columns of
/// the others.
OCTET_WIDE void find_inliers(const float* x, std::int64_t count, float threshold, float* largest,
                             std::uint8_t* reached) {
  constexpr int kLanes = 16;
  float most[kLanes] = {}, wild[kLanes] = {};
  const auto look = [&](std::int64_t i, int lane) {
    const float size = std::fabs(x[i]);
    const bool out = size >= threshold;
    const float inlier = out ? 0.0f : size;
    reached[i] |= static_cast<std::uint8_t>(out);
    most[lane] = inlier > most[lane] ? inlier : most[lane];
    wild[lane] += x[i] * 0;
  };
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane) look(i + lane, lane);
  for (; i < count; ++i) look(i, 0);
  float sum = 0;
  for (int lane = 0; lane < kLanes; ++lane) {
    *largest = std::max(*largest, most[lane]);
    sum += wild[lane];
  }
  *largest += sum;
}

/// Half to even: sums with the first constant have no digits behind the point.
OCTET_WIDE void round_to_int8(const float* x, std::int64_t count, float reciprocal, std::int32_t zero_point,
                              std::int8_t* out) {
  constexpr float kOnlyIntegers = 1.5f * (1 << 23);
  const auto low = static_cast<float>(kLeast - zero_point), high = static_cast<float>(kMost - zero_point);
  for (std::int64_t i = 0; i < count; ++i) {
    const float integer = (x[i] * reciprocal + kOnlyIntegers) - kOnlyIntegers;
    const float most = integer < high ? integer : high;
    const float inside = most > low ? most : low;
    out[i] = static_cast<std::int8_t>(static_cast<std::int32_t>(inside) + zero_point);
  }
}

OCTET_WIDE void scale_row(const std::int32_t* sums, std::int64_t width, float scale, std::int32_t zero_point,
                          const float* weight_scale, const std::int32_t* weight_sums, const float* bias,
                          float* out) {
  for (std::int64_t i = 0; i < width; ++i)
    out[i] = static_cast<float>(sums[i] - zero_point * weight_sums[i]) * (scale * weight_scale[i]) + bias[i];
}

constexpr std::int64_t kGrain = 1 << 15;  // numbers that are worth a thread

std::int64_t rows_worth_a_thread(std::int64_t width) { return kGrain / std::max<std::int64_t>(width, 1) + 1; }

at::Tensor scaled(const at::Tensor& sums, const Int8Rows& x, const Int8Columns& columns) {
  const auto rows = sums.size(0), width = sums.size(1);
  const auto results = at::empty({rows, width}, columns.scale.options());
  const auto bias = columns.bias.defined() ? columns.bias : at::zeros({width}, columns.scale.options());
  const auto* integers = sums.const_data_ptr<std::int32_t>();
  const auto* scale = x.scale.const_data_ptr<float>();
  const auto* zero_point = x.zero_point.const_data_ptr<std::int32_t>();
  const auto* of_weight = columns.scale.const_data_ptr<float>();
  const auto* weights = columns.sums.const_data_ptr<std::int32_t>();
  const auto* biases = bias.const_data_ptr<float>();
  auto* out = results.mutable_data_ptr<float>();
  in_parallel(rows, rows_worth_a_thread(width), [&](std::int64_t begin, std::int64_t end) {
    for (auto row = begin; row < end; ++row) {
      const auto i = x.scale.numel() == 1 ? 0 : row;
      scale_row(integers + row * width, width, scale[i], zero_point[i], of_weight, weights, biases,
                out + row * width);
    }
  });
  return results;
}

at::Tensor scaled_by_torch(const at::Tensor& sums, const Int8Rows& x, const Int8Columns& columns) {
  const auto shifted = sums - x.zero_point.unsqueeze(1) * columns.sums;
  const auto results = shifted.to(at::kFloat) * (x.scale.unsqueeze(1) * columns.scale);
  return columns.bias.defined() ? results + columns.bias : results;
}

}  // namespace

Int8Rows quantize_rows(const at::Tensor& x, ActivationScales scales) {
  if (x.is_cuda()) return quantize_rows_cuda(x.contiguous(), scales);
  const auto given = x.to(at::kFloat).contiguous();
  const auto rows = given.size(0), width = given.size(1);
  const auto* numbers = given.const_data_ptr<float>();
  const bool alone = scales == ActivationScales::per_tensor;
  Int8Rows made{at::empty({rows, width}, given.options().dtype(at::kChar)),
                at::empty({alone ? 1 : rows}, given.options()),
                at::empty({alone ? 1 : rows}, given.options().dtype(at::kInt))};
  auto* out = made.values.mutable_data_ptr<std::int8_t>();
  auto* scale = made.scale.mutable_data_ptr<float>();
  auto* zero_point = made.zero_point.mutable_data_ptr<std::int32_t>();
  const auto range_of = [](const float* begin, std::int64_t count) {
    Range range;
    find_range(begin, count, &range);
    return range;
  };
  const auto put_step = [&](std::int64_t i, const Range& range) {
    const auto step = int8_step_of(range.low, range.high);
    scale[i] = step.scale;
    zero_point[i] = step.zero_point;
  };
  const auto grain = rows_worth_a_thread(width);
  if (alone) {
    Range whole;
    std::mutex mutex;
    in_parallel(rows, grain, [&](std::int64_t begin, std::int64_t end) {
      const auto here = range_of(numbers + begin * width, (end - begin) * width);
      const std::lock_guard lock(mutex);
      // What is not a number stays, whichever comes first.
      whole = {std::isnan(whole.low) ? whole.low : std::min(here.low, whole.low),
               std::isnan(whole.high) ? whole.high : std::max(here.high, whole.high)};
    });
    put_step(0, whole);
  }
  in_parallel(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (auto row = begin; row < end; ++row) {
      const auto* row_numbers = numbers + row * width;
      const auto i = alone ? 0 : row;
      if (!alone) put_step(i, range_of(row_numbers, width));
      round_to_int8(row_numbers, width, 1.0f / scale[i], zero_point[i], out + row * width);
    }
  });
  return made;
}

InlierRows quantize_inliers(const at::Tensor& x, float threshold) {
  if (x.is_cuda()) return quantize_inliers_cuda(x.contiguous(), threshold);
  const auto given = x.to(at::kFloat).contiguous();
  const auto rows = given.size(0), width = given.size(1);
  const auto* numbers = given.const_data_ptr<float>();
  Int8Rows made{at::empty({rows, width}, given.options().dtype(at::kChar)),
                at::zeros({rows}, given.options()), at::zeros({rows}, given.options().dtype(at::kInt))};
  auto* scale = made.scale.mutable_data_ptr<float>();
  const auto reached = at::zeros({width}, given.options().dtype(at::kByte));
  auto* columns = reached.mutable_data_ptr<std::uint8_t>();
  std::mutex mutex;
  const auto grain = rows_worth_a_thread(width);
  in_parallel(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::uint8_t> here(static_cast<std::size_t>(width));
    for (auto row = begin; row < end; ++row)
      find_inliers(numbers + row * width, width, threshold, scale + row, here.data());
    const std::lock_guard lock(mutex);
    for (std::size_t i = 0; i < here.size(); ++i) columns[i] |= here[i];
  });
  auto* out = made.values.mutable_data_ptr<std::int8_t>();
  in_parallel(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (auto row = begin; row < end; ++row) {
      const float step = scale[row] / kMost;
      scale[row] = step < std::numeric_limits<float>::min() ? 1.0f : step;
      round_to_int8(numbers + row * width, width, 1.0f / scale[row], 0, out + row * width);
    }
  });
  const auto is_left_out = reached.to(at::kBool);
  if (is_left_out.any().item<bool>()) made.values.masked_fill_(is_left_out, 0);
  return {made, is_left_out};
}

InlierRows quantize_inliers(const at::Tensor& x, const at::Tensor& outliers) {
  constexpr float kNone = std::numeric_limits<float>::infinity();
  if (x.is_cuda()) return quantize_inliers_cuda(x.contiguous(), kNone, outliers);
  return {quantize_inliers(x.to(at::kFloat).masked_fill(outliers, 0), kNone).rows, outliers};
}

at::Tensor multiply_int8(const at::Tensor& x, const at::Tensor& w) {
  return x.is_cpu() && has_int8_products() ? at::_int_mm(x, w.t()) : multiply_int8_in_fp32(x, w);
}

at::Tensor multiply_int8_in_fp32(const at::Tensor& x, const at::Tensor& w) {
  constexpr std::int64_t kInputs =
      1024;  // whose products sum up to 2^24 at most: fp32 has all of these integers
  auto sums = at::zeros({x.size(0), w.size(0)}, x.options().dtype(at::kInt));
  for (std::int64_t i = 0; i < x.size(1); i += kInputs) {
    const auto some = [&](const at::Tensor& t) {
      return t.slice(1, i, std::min(i + kInputs, x.size(1))).to(at::kFloat);
    };
    sums += at::mm(some(x), some(w).t()).to(at::kInt);
  }
  return sums;
}

at::Tensor multiply_rows(const Int8Rows& x, const Int8Columns& columns, at::ScalarType result) {
  if (int8_product_takes(x.values, columns)) {
    const auto out =
        at::empty({x.values.size(0), columns.integers.size(0)}, columns.scale.options().dtype(result));
    int8_product_cuda(x, columns, out);
    return out;
  }
  const auto sums = multiply_int8(x.values, columns.integers);
  return (sums.is_cpu() ? scaled(sums, x, columns) : scaled_by_torch(sums, x, columns)).to(result);
}

at::Tensor multiply_with_outliers(const at::Tensor& x, const InlierRows& inliers, const Int8Columns& columns,
                                  at::ScalarType result) {
  const auto results = multiply_rows(inliers.rows, columns, at::kFloat);
  if (x.is_cuda()) {
    const auto out = at::empty_like(results, results.options().dtype(result));
    add_outliers_cuda(results, x.contiguous(), inliers.outliers, columns, out);
    return out;
  }
  if (const auto features = at::nonzero(inliers.outliers).flatten(); features.numel() > 0) {
    const Int8Weight weight{columns.integers.index_select(1, features), columns.scale.unsqueeze(1)};
    results.addmm_(x.index_select(1, features).to(at::kFloat),
                   dequantize(weight, x.scalar_type()).to(at::kFloat).t());
  }
  return results.to(result);
}

}  // namespace octet
