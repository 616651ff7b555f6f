#include <c10/cuda/CUDAGuard.h>

#include <cmath>
#include <numeric>

#include "core/kernels/attention_math.cuh"
#include "core/kernels/dequantize.h"
#include "core/kernels/mma.cuh"
#include "core/kernels/row_kernels.h"
#include "core/kernels/row_launch.cuh"
#include "core/kernels/sm90_kernels.h"

namespace octet {
namespace {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / 32;
constexpr int kQueries = 16 * kWarps;  // of a block; a warp has 16
constexpr int kKeys = 64;              // of a step
constexpr int kWidth = mma::kTileWidth;

struct Arguments {
  const void* qkv;
  const int* lengths;  // of each batch entry, or null
  int rows;
  int heads;
  float scale;  // of the scores, times log2(e)
  void* out;
};

/// Softmax as it goes (https://arxiv.org/abs/2307.08691): 64 queries of one head against all keys, 64 at a
/// time.
template <typename T>
__global__ void __launch_bounds__(kThreads) row_attention_kernel(const Arguments p) {
  __shared__ __align__(128) unsigned char memory[(kQueries + 4 * kKeys) * mma::kRowBytes];
  const std::uint32_t query_address = mma::shared_address(memory);
  const std::uint32_t key_address = query_address + kQueries * mma::kRowBytes;
  const std::uint32_t value_address = key_address + 2 * kKeys * mma::kRowBytes;
  const int thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;
  const int entry = static_cast<int>(blockIdx.y) / p.heads, head = static_cast<int>(blockIdx.y) % p.heads;
  const int first_query = static_cast<int>(blockIdx.x) * kQueries;
  const long inner = static_cast<long>(p.heads) * kWidth;
  const T* const queries =
      static_cast<const T*>(p.qkv) + static_cast<long>(entry) * p.rows * 3 * inner + head * kWidth;

  const int chunk = thread % 8, first = thread / 8;
  const int row_stride = static_cast<int>(3 * inner);
  const T* const from = queries + static_cast<long>(first) * row_stride + chunk * 8;
  const std::uint32_t copied_to = mma::chunk_offset(first, chunk);
  const auto copy = [&](const T* part, int first_row, std::uint32_t to) {
#pragma unroll
    for (int i = 0; i < 64 * 8 / kThreads; ++i) {
      constexpr int kCopied = kThreads / 8;
      mma::copy_async(to + copied_to + i * kCopied * mma::kRowBytes,
                      part + static_cast<long>(first_row) * row_stride + i * kCopied * row_stride,
                      first_row + first + i * kCopied < p.rows);
    }
  };
  const int length = p.lengths == nullptr ? p.rows : length_of(p.lengths, entry);
  const int steps = first_query < length ? (length + kKeys - 1) / kKeys : 0;
  const auto copy_step = [&](int step) {
    const std::uint32_t half = step % 2 * kKeys * mma::kRowBytes;
    copy(from + inner, step * kKeys, key_address + half);
    copy(from + 2 * inner, step * kKeys, value_address + half);
  };

  mma::wait_for_previous_kernel();
  copy(from, first_query, query_address);
  if (steps > 0) copy_step(0);
  mma::commit_copies();

  mma::Fragment query[kWidth / 16];
  float out[kWidth / 8][4] = {};
  float largest[2] = {-INFINITY, -INFINITY}, sum[2] = {0, 0};
  for (int step = 0; step < steps; ++step) {
    mma::wait_copies<0>();
    __syncthreads();
    if (step + 1 < steps) copy_step(step + 1);
    mma::commit_copies();
    if (step == 0)
#pragma unroll
      for (int k = 0; k < kWidth / 16; ++k)
        mma::load_matrices(query[k], query_address + mma::left_offset(16 * warp, k, lane));

    const std::uint32_t half = step % 2 * kKeys * mma::kRowBytes;
    float scores[kKeys / 8][4] = {};
#pragma unroll
    for (int k = 0; k < kWidth / 16; ++k)
#pragma unroll
      for (int j = 0; j < kKeys / 16; ++j) {
        mma::Fragment keys;
        mma::load_matrices(keys, key_address + half + mma::right_offset(16 * j, k, lane));
        mma::multiply_add<T>(scores[2 * j], query[k], keys[0], keys[1]);
        mma::multiply_add<T>(scores[2 * j + 1], query[k], keys[2], keys[3]);
      }
    if (const int left = length - step * kKeys; left < kKeys)
#pragma unroll
      for (int j = 0; j < kKeys / 8; ++j)
#pragma unroll
        for (int k = 0; k < 4; ++k)
          if (8 * j + 2 * (lane % 4) + k % 2 >= left) scores[j][k] = -INFINITY;

#pragma unroll
    for (int r = 0; r < 2; ++r) {  // the two rows of a lane
      float most = -INFINITY;
#pragma unroll
      for (int j = 0; j < kKeys / 8; ++j) most = fmaxf(most, fmaxf(scores[j][2 * r], scores[j][2 * r + 1]));
      most = fmaxf(largest[r], largest_of_row(most) * p.scale);
      const float shrink = exp2_fast(largest[r] - most);
      largest[r] = most;
      sum[r] *= shrink;
#pragma unroll
      for (int j = 0; j < kWidth / 8; ++j) out[j][2 * r] *= shrink, out[j][2 * r + 1] *= shrink;
#pragma unroll
      for (int j = 0; j < kKeys / 8; ++j)
#pragma unroll
        for (int k = 2 * r; k < 2 * r + 2; ++k) {
          scores[j][k] = exp2_fast(fmaf(scores[j][k], p.scale, -most));
          sum[r] += scores[j][k];
        }
    }
#pragma unroll
    for (int k = 0; k < kKeys / 16; ++k) {
      const mma::Fragment weights = {mma::pack<T>(scores[2 * k][0], scores[2 * k][1]),
                                     mma::pack<T>(scores[2 * k][2], scores[2 * k][3]),
                                     mma::pack<T>(scores[2 * k + 1][0], scores[2 * k + 1][1]),
                                     mma::pack<T>(scores[2 * k + 1][2], scores[2 * k + 1][3])};
#pragma unroll
      for (int j = 0; j < kWidth / 16; ++j) {
        mma::Fragment values;
        mma::load_matrices_transposed(
            values, value_address + half + mma::chunk_offset(16 * k + (lane & 15), 2 * j + (lane >> 4)));
        mma::multiply_add<T>(out[2 * j], weights, values[0], values[1]);
        mma::multiply_add<T>(out[2 * j + 1], weights, values[2], values[3]);
      }
    }
  }
  mma::let_next_kernel_start();

#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const int row = first_query + 16 * warp + lane / 4 + 8 * r;
    const float whole = sum_of_row(sum[r]);
    if (row >= p.rows) continue;
    const float share = row < length ? 1.0f / whole : 0.0f;
    T* const to = static_cast<T*>(p.out) + (static_cast<long>(entry) * p.rows + row) * inner + head * kWidth;
#pragma unroll
    for (int j = 0; j < kWidth / 8; ++j)
      *reinterpret_cast<std::uint32_t*>(to + 8 * j + 2 * (lane % 4)) =
          mma::pack<T>(out[j][2 * r] * share, out[j][2 * r + 1] * share);
  }
}

}  // namespace

bool row_attention_takes(std::int64_t head_width) { return head_width == kWidth; }

void row_attention_cuda(const RowAttentionRequest& request, const RowMeanwhile& meanwhile) {
  const auto& qkv = request.qkv;
  const c10::cuda::CUDAGuard guard(qkv.device());
  const auto scale =
      static_cast<float>(1.4426950408889634 / std::sqrt(static_cast<double>(request.head_width)));
  if (sm90::takes(qkv.device())) return sm90::attention_cuda(request, scale, meanwhile);
  dequantize_rows_cuda(meanwhile.quantized, meanwhile.made);
  Arguments arguments{};
  arguments.qkv = qkv.const_data_ptr();
  arguments.lengths = request.lengths.defined() ? request.lengths.const_data_ptr<int>() : nullptr;
  arguments.rows = static_cast<int>(qkv.size(1));
  arguments.heads = static_cast<int>(qkv.size(2) / 3 / request.head_width);
  arguments.scale = scale;
  arguments.out = request.out.mutable_data_ptr();
  in_half_type(qkv, [&](auto value) {
    launch_dependent(row_attention_kernel<decltype(value)>,
                     dim3((arguments.rows + kQueries - 1) / kQueries,
                          static_cast<unsigned>(qkv.size(0)) * arguments.heads),
                     dim3(kThreads), 0, arguments);
  });
}

}  // namespace octet
