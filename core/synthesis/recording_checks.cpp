#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/error.h"
#include "core/kernels/captured_graph.h"
#include "core/kernels/dequantize.h"
#include "core/kernels/torch_types.h"
#include "core/ops/conversions.h"
#include "core/quant/int8_weight_only.h"
#include "core/synthesis/check_draws.h"
#include "core/synthesis/kernel_checks.h"

namespace octet {
namespace {

/// int8 weights dequantized together, against one at a time.
void check_together(at::Device there, Draws& draws, std::vector<SelfCheck>& checks) {
  // More than one kernel takes, and one that is no matrix; room for all but the last.
  std::vector<Int8Weight> weights;
  std::vector<Op> ops;
  weights.reserve(15);
  for (std::int64_t i = 1; i <= 14; ++i)
    weights.push_back(
        std::get<Int8Weight>(moved(quantize_int8(draws.normal({64, 8 * i}, at::kFloat), 0), there)));
  weights.push_back(std::get<Int8Weight>(moved(quantize_int8(draws.normal({64, 9}, at::kFloat), 0), there)));
  std::uint64_t room = 0;
  ops.reserve(weights.size());
  for (const auto& weight : weights) {
    ops.push_back(prepare_linear(weight, {}));
    if (weight.values.size(1) % 8 == 0) room += 2 * weight.values.numel();
  }
  Conversions conversions(room - 1);
  dequantize_ahead(ops, at::kBFloat16, conversions);
  SelfCheck together{"int8 weights made together, bytes", 0, 0};
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const bool expected = i < 13;
    bool kept = true;
    const auto values = conversions.get(ops[i].get(), at::kBFloat16, [&] {
      kept = false;
      return dequantize(weights[i], at::kBFloat16);
    });
    if (kept != expected || !at::equal(values, dequantize(weights[i], at::kBFloat16))) together.error = 1;
  }
  checks.push_back(together);
}

struct Recorded {
  at::Tensor result;
  std::unique_ptr<CapturedGraph> graph;
};

/// The square of `x` times `shape`, by what the cache keeps for that.
at::Tensor recorded_square(GraphCache& cache, const at::Tensor& x, int shape, int& made) {
  const auto kept = cache.get<Recorded>(&cache, shape, [&] {
    ++made;
    auto one = std::make_shared<Recorded>();
    one->result = at::zeros_like(x);
    one->graph = cache.capture([&] { one->result.copy_((x * shape).square()); });
    return one;
  });
  kept->result.zero_();
  kept->graph->replay();
  return kept->result;
}

/// After a recording that failed, and after all was forgotten, there is recording again.
void check_beginnings(Device device, const at::Tensor& x, std::vector<SelfCheck>& checks) {
  GraphCache cache(device);
  SelfCheck check{"recordings, after none was left", 0, 0};
  int made = 0;
  const auto look = [&] {
    const auto held = cache.lock();
    check.error =
        std::max(check.error, relative_distance(recorded_square(cache, x, 3, made), (x * 3).square()));
  };
  {
    const auto held = cache.lock();
    int calls = 0;
    bool failed = false;
    try {
      (void)cache.capture([&] {
        (void)x.square();
        if (++calls == 2) throw Error(ErrorKind::cancelled, "recorded so far");
      });
    } catch (const Error&) {
      failed = true;
    }
    if (!failed) check.error = 1;
  }
  look();
  cache.forget(&cache);
  look();
  if (made != 2) check.error = 1;
  checks.push_back(check);
}

}  // namespace

void check_recordings(Device device, std::vector<SelfCheck>& checks) {
  if (device.kind == Device::Kind::cpu) return;
  const auto there = torch_device(device);
  Draws draws;
  // The square of each shape's own input, 4 MB of it: beyond a bound of one byte each recording ends the
  // last.
  const auto x = draws.normal({1'000'000}, at::kFloat).to(there);
  for (const std::uint64_t room : {std::uint64_t{1}, GraphCache::kMostBytes}) {
    GraphCache cache(device, room);
    const auto held = cache.lock();
    int made = 0;
    SelfCheck check{fmt::format("recordings, {}", room == 1 ? "without room" : "with room"), 0, 0};
    for (const int shape : {1, 2, 1, 2}) {
      check.error = std::max(check.error,
                             relative_distance(recorded_square(cache, x, shape, made), (x * shape).square()));
    }
    if (made != (room == 1 ? 4 : 2)) check.error = 1;
    checks.push_back(check);
  }
  check_beginnings(device, x, checks);
  check_together(there, draws, checks);
}

}  // namespace octet
