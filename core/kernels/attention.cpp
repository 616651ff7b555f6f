#include "core/kernels/attention.h"

#include <ATen/ATen.h>
#include <ATen/native/CPUBlas.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/kernels/exponentials.h"
#include "core/kernels/in_parallel.h"
#include "core/kernels/processor.h"

namespace octet {
namespace {

namespace blas = at::native::cpublas;

/// Two numbers of bf16 that its products take together: of two neighbours along the axis they sum over.
struct Pair {
  at::BFloat16 first, second;
};

/// What of q, k and v one head has: `frames` rows of `head_width`, `step` apart. `line`: frames, rounded up
/// so that rows of that length begin with a line of the cache.
struct HeadShape {
  std::int64_t frames, head_width, step, line;
};

/// Keys of a head as the products take them, the axis of frames last. out: [head_width, line]; for bf16
/// [head_width / 2, line] of pairs.
template <typename Unit>
void transpose(const Unit* keys, std::int64_t step, const HeadShape& head, std::int64_t width, Unit* out) {
  constexpr std::int64_t kAtOnce = 16;  // a line of the cache
  for (std::int64_t begin = 0; begin < head.frames; begin += kAtOnce)
    for (std::int64_t d = 0; d < width; ++d)
      for (auto frame = begin; frame < std::min(begin + kAtOnce, head.frames); ++frame)
        out[d * head.line + frame] = keys[frame * step + d];
}

void arrange_keys(const float* keys, const HeadShape& head, float* out) {
  transpose(keys, head.step, head, head.head_width, out);
}

void arrange_keys(const at::BFloat16* keys, const HeadShape& head, at::BFloat16* out) {
  transpose(reinterpret_cast<const Pair*>(keys), head.step / 2, head, head.head_width / 2,
            reinterpret_cast<Pair*>(out));
}

/// Values of a head as products of bf16 take them: [frames / 2, head_width] of pairs, zeros beyond the last.
void arrange_values(const at::BFloat16* values, const HeadShape& head, at::BFloat16* out) {
  auto* pairs = reinterpret_cast<Pair*>(out);
  for (std::int64_t frame = 0; frame < head.frames; frame += 2)
    for (std::int64_t d = 0; d < head.head_width; ++d) {
      const auto* value = values + frame * head.step + d;
      *pairs++ = {*value, frame + 1 < head.frames ? value[head.step] : at::BFloat16(0.0F)};
    }
}

template <typename T>
void write_scaled(const float* sums, float factor, std::int64_t count, T* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<T>(sums[i] * factor);
}

template <typename T>
at::Tensor in_blocks(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t head_width) {
  constexpr bool kPairs = sizeof(T) == sizeof(at::BFloat16);
  constexpr std::int64_t kScoresAtOnce = 1 << 16, kFewest = 16, kMost = 64, kLine = 16;
  const auto frames = q.size(1), step = q.size(2), heads = step / head_width;
  const auto even_frames = kPairs ? (frames + 1) / 2 * 2 : frames;
  const auto line = (frames + kLine - 1) / kLine * kLine;
  const HeadShape shape{frames, head_width, step, line};
  const auto first_of = [&](std::int64_t head) {
    return head / heads * frames * step + head % heads * head_width;
  };
  const auto all_heads = q.size(0) * heads;
  auto keys = at::empty({all_heads, head_width, line}, q.options());
  auto values = kPairs ? at::empty({all_heads, even_frames, head_width}, q.options()) : v;
  const auto value_step = kPairs ? head_width : step;
  const auto first_value_of = [&](std::int64_t head) {
    return kPairs ? head * even_frames * head_width : first_of(head);
  };
  auto out = at::empty_like(q);
  const auto *const q_data = q.const_data_ptr<T>(), *const k_data = k.const_data_ptr<T>(),
                    *const v_data = v.const_data_ptr<T>();
  auto *const keys_data = keys.data_ptr<T>(), *const out_data = out.data_ptr<T>();

  in_parallel(all_heads, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto head = begin; head < end; ++head) {
      arrange_keys(k_data + first_of(head), shape, keys_data + head * head_width * line);
      if constexpr (kPairs)
        arrange_values(v_data + first_of(head), shape, values.data_ptr<T>() + first_value_of(head));
    }
  });

  const auto* const values_data = values.const_data_ptr<T>();
  const auto rows = std::clamp(kScoresAtOnce / frames, kFewest, kMost);
  const auto blocks = (frames + rows - 1) / rows;
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(head_width)));
  in_parallel(all_heads * blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    auto scores = at::empty({rows, line}, at::kFloat);
    auto numerators = at::zeros({rows, line}, q.options());
    auto sums = at::empty({rows, head_width}, at::kFloat);
    auto *const score = scores.data_ptr<float>(), *const summed = sums.data_ptr<float>();
    auto* const numerator = numerators.data_ptr<T>();
    std::array<float, kMost> share{};
    for (auto block = begin; block < end; ++block) {
      const auto head = block / blocks, first = block % blocks * rows, count = std::min(rows, frames - first);
      blas::brgemm(count, frames, head_width, step, line, line, /*add_C=*/false,
                   q_data + first_of(head) + first * step, keys_data + head * head_width * line, score,
                   kPairs);
      for (std::int64_t row = 0; row < count; ++row)
        share[static_cast<std::size_t>(row)] =
            1 / exponentials(score + row * line, frames, scale, numerator + row * line);
      blas::brgemm(count, head_width, even_frames, line, value_step, head_width, /*add_C=*/false, numerator,
                   values_data + first_value_of(head), summed, kPairs);
      for (std::int64_t row = 0; row < count; ++row)
        write_scaled(summed + row * head_width, share[static_cast<std::size_t>(row)], head_width,
                     out_data + first_of(head) + (first + row) * step);
    }
    blas::brgemm_release(kPairs);
  });
  return out;
}

}  // namespace

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t head_width) {
  const auto type = q.scalar_type(), product = product_type(type, q.device());
  if (q.is_cpu() && type != at::kFloat && has_avx512() && head_width % 2 == 0) {
    if (product == at::kFloat)
      return in_blocks<float>(q.to(product), k.to(product), v.to(product), head_width).to(type);
    if (product == at::kBFloat16) return in_blocks<at::BFloat16>(q, k, v, head_width);
  }
  const auto heads = [&](const at::Tensor& t) {
    return t.view({t.size(0), t.size(1), -1, head_width}).transpose(1, 2);
  };
  return at::scaled_dot_product_attention(heads(q), heads(k), heads(v)).transpose(1, 2).flatten(2);
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t head_width,
                     const at::Tensor& lengths) {
  const auto frames = lengths.cpu();
  const auto out = at::zeros_like(q);
  for (std::int64_t i = 0; i < q.size(0); ++i) {
    const auto own = [&](const at::Tensor& t) {
      return t.narrow(0, i, 1).narrow(1, 0, frames.const_data_ptr<std::int32_t>()[i]);
    };
    own(out).copy_(attention(own(q), own(k), own(v), head_width));
  }
  return out;
}

}  // namespace octet
