// Attention by blocks, as processors with AVX-512 have it, or PyTorch's: what it is, not which one ran.

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <omp.h>

#include <QtTest>
#include <cmath>

#include "core/kernels/attention.h"
#include "tests/random_seed.h"

namespace {

at::Tensor random(at::IntArrayRef shape, at::Generator& generator) {
  return at::randn(shape, generator, at::kFloat);
}

/// softmax(q k' / sqrt(head_width)) v as it is written, in fp64.
at::Tensor written_out(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                       std::int64_t head_width) {
  const auto heads = [&](const at::Tensor& t) {
    return t.to(at::kDouble).view({t.size(0), t.size(1), -1, head_width}).transpose(1, 2);
  };
  const auto scores = at::matmul(heads(q), heads(k).transpose(2, 3)) / std::sqrt(double(head_width));
  return at::matmul(at::softmax(scores, -1), heads(v)).transpose(1, 2).flatten(2);
}

double distance(const at::Tensor& test, const at::Tensor& reference) {
  return ((test.to(at::kDouble) - reference).norm() / reference.norm()).item<double>();
}

}  // namespace

class TestAttention : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// Sums of up to 700 terms are off by some units of fp32 (6e-8). bf16 and fp16 round the result (half a
  /// unit is 2^-9 and 2^-12, evenly spread 1 / sqrt(3) of that), and the probabilities before they are
  /// multiplied.
  void it_is_what_is_written_at_ragged_shapes() {
    auto generator = at::detail::createCPUGenerator(octet::test::random_seed());
    struct Case {
      at::ScalarType type;
      double bound;
    };
    for (const auto& [type, bound] :
         {Case{at::kFloat, 2e-6}, Case{at::kBFloat16, 4e-3}, Case{at::kHalf, 5e-4}})
      for (const std::int64_t frames : {1, 2, 15, 16, 17, 63, 64, 65, 333, 700})
        for (const auto& [batch, heads, head_width] :
             {std::array<std::int64_t, 3>{2, 8, 64}, {1, 1, 64}, {1, 3, 8}, {1, 2, 10}}) {
          const auto part = [&] {
            return (2 * random({batch, frames, heads * head_width}, generator)).to(type);
          };
          const auto q = part(), k = part(), v = part();
          const auto made = octet::attention(q, k, v, head_width);
          const auto name = QString("%1, %2 frames, %3 heads of %4")
                                .arg(c10::toString(type))
                                .arg(frames)
                                .arg(heads)
                                .arg(head_width);
          QVERIFY2(made.scalar_type() == type && made.sizes() == q.sizes(), qPrintable(name));
          const auto apart = distance(made, written_out(q, k, v, head_width));
          QVERIFY2(apart <= bound, qPrintable(name + QString(": %1").arg(apart)));
        }
  }

  void large_scores_neither_overflow_nor_vanish() {
    // The scores of a query are 1e6 apart: each sees one frame alone.
    const auto k = at::tensor({-1e3F, 0.0F, 1e3F}).view({1, 3, 1}).expand({1, 3, 4}).contiguous();
    const auto v = at::arange(12, at::kFloat).view({1, 3, 4});
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      const auto one = k.to(type), value = v.to(type);
      const auto seen = octet::attention(one, one, value, 4).to(at::kFloat);
      QVERIFY(at::equal(seen[0][0], v[0][0]));
      QVERIFY(at::allclose(seen[0][1], v[0].mean(0), 1e-2, 1e-2));  // the middle one scores 0 everywhere
      QVERIFY(at::equal(seen[0][2], v[0][2]));
    }
  }

  /// So that looking for what is not finite finds it.
  void what_is_not_a_number_is_seen_where_it_matters() {
    auto generator = at::detail::createCPUGenerator(octet::test::random_seed());
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      const auto part = [&] { return random({1, 20, 16}, generator).to(type); };
      const auto q = part(), k = part(), v = part();
      const auto nan = std::numeric_limits<float>::quiet_NaN();
      auto odd = q.clone();
      odd[0][7][3] = nan;  // of the first of two heads
      const auto by_query = at::isnan(octet::attention(odd, k, v, 8));
      QCOMPARE(by_query.sum().item<int>(), 8);
      QVERIFY(by_query[0][7].slice(0, 0, 8).all().item<bool>());
      odd = k.clone();
      odd[0][19][12] = nan;  // of the second
      const auto by_key = at::isnan(octet::attention(q, odd, v, 8));
      QCOMPARE(by_key.sum().item<int>(), 20 * 8);
      QVERIFY(by_key[0].slice(1, 8).all().item<bool>());
    }
  }

  void entries_of_a_batch_attend_to_as_many_frames_as_they_have() {
    auto generator = at::detail::createCPUGenerator(octet::test::random_seed());
    const std::vector<int> lengths{5, 1, 40, 33};
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      const auto part = [&] { return random({4, 40, 24}, generator).to(type); };
      const auto q = part(), k = part(), v = part();
      for (std::int64_t i = 0; i < 4; ++i)
        v[i].slice(0, lengths[std::size_t(i)]).fill_(std::numeric_limits<float>::quiet_NaN());
      const auto made = octet::attention(q, k, v, 8, at::tensor(lengths, at::kInt));
      for (std::int64_t i = 0; i < 4; ++i) {
        const auto own = [&](const at::Tensor& t) {
          return t.narrow(0, i, 1).slice(1, 0, lengths[std::size_t(i)]);
        };
        QVERIFY(at::equal(own(made), octet::attention(own(q), own(k), own(v), 8)));
        QVERIFY(made[i].slice(0, lengths[std::size_t(i)]).eq(0).all().item<bool>());
      }
    }
  }

  void any_number_of_threads_gives_the_same_bytes() {
    auto generator = at::detail::createCPUGenerator(octet::test::random_seed());
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      const auto part = [&] { return random({2, 131, 128}, generator).to(type); };
      const auto q = part(), k = part(), v = part();
      omp_set_num_threads(1);
      const auto alone = octet::attention(q, k, v, 64);
      omp_set_num_threads(3);
      QVERIFY(at::equal(octet::attention(q, k, v, 64), alone));
    }
  }
};

QTEST_GUILESS_MAIN(TestAttention)
#include "test_attention.moc"
