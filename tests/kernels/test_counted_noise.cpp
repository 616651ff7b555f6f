#include <ATen/ATen.h>

#include <QtTest>
#include <array>
#include <cmath>
#include <limits>

#include "core/kernels/counted_noise.h"
#include "core/kernels/counted_normal.h"
#include "tests/random_seed.h"

namespace {

at::Tensor normal(octet::CountedNoise noise, std::int64_t rows, std::int64_t first, std::int64_t count) {
  return octet::counted_normal(noise, rows, first, count, at::kFloat);
}

double mean_of(const at::Tensor& values) { return values.to(at::kDouble).mean().item<double>(); }

}  // namespace

class TestCountedNoise : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// Random123's kat_vectors for philox4x32 with 10 rounds.
  void the_counter_gives_the_published_numbers() {
    struct Known {
      std::uint64_t seed, block;
      std::uint32_t row, draw;
      std::array<std::uint32_t, 4> numbers;
    };
    constexpr auto kAll = std::numeric_limits<std::uint64_t>::max();
    constexpr auto kAll32 = std::numeric_limits<std::uint32_t>::max();
    for (const auto& known :
         {Known{0, 0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
          Known{kAll, kAll, kAll32, kAll32, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
          Known{0x299f31d0a4093822,
                0x85a308d3243f6a88,
                0x13198a2e,
                0x03707344,
                {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}}) {
      const auto [numbers] = octet::counted_block(known.seed, known.block, known.row, known.draw);
      QCOMPARE(std::to_array(numbers), known.numbers);
    }
  }

  /// The first numbers of seed 0, in bits: other ones would be another sound for every seed, and what a GPU
  /// has to draw.
  void the_first_numbers_of_a_seed_stay_what_they_are() {
    constexpr std::array<std::uint32_t, 8> kBits = {0x3f7dbb31, 0xbf6cb6b0, 0xbf1e1b9f, 0xbef6d1b2,
                                                    0xbe1d5353, 0x3e392a68, 0x3f54ec97, 0x3e4a2da2};
    const auto drawn = normal({0, 0}, 1, 0, 8).view(at::kInt);
    for (int i = 0; i < 8; ++i)
      QCOMPARE(static_cast<std::uint32_t>(drawn[0][0][i].item<std::int32_t>()),
               kBits[static_cast<std::size_t>(i)]);
    QCOMPARE(octet::counted_uniform({0, 0}, 1, at::kFloat).item<float>(),
             static_cast<float>(0x6627e8) * 0x1p-24f);
  }

  /// Against Box and Muller's transform in fp64, of what the two integers stand for.
  void the_transform_is_right_to_fp32() {
    const auto seed = octet::test::random_seed();
    std::vector<std::array<std::uint32_t, 2>> pairs;
    for (const std::uint32_t edge : {0u, 1u, 0x1fffffffu, 0x20000000u, 0x3fffffffu, 0x80000000u, 0xbfffffffu,
                                     0xe0000000u, 0xffff0000u, 0xffffffffu})
      for (const std::uint32_t other : {0u, 0x20000000u, 0x5fffffffu, 0x60000000u, 0xffffffffu})
        pairs.push_back({edge, other});
    for (std::uint64_t block = 0; block < 100'000; ++block) {
      const auto [numbers] = octet::counted_block(seed, block, 0, 0);
      pairs.push_back({numbers[0], numbers[1]});
    }
    for (const auto& [a, b] : pairs) {
      // What fp32 makes of the uniform number is part of the definition.
      const double uniform = (static_cast<float>(a) + 0.5f) * 0x1p-32f;
      const double radius = std::sqrt(-2 * std::log(uniform)), angle = 2 * M_PI * (b * 0x1p-32);
      const auto pair = octet::box_muller(a, b);
      // An ulp of logarithm, root, angle, sine and product, of numbers below 8: three ulps of 8 cover them.
      constexpr double kMost = 3 * 0x1p-21;
      QVERIFY(std::abs(pair.first - radius * std::cos(angle)) < kMost);
      QVERIFY(std::abs(pair.second - radius * std::sin(angle)) < kMost);
    }
  }

  /// Bounds are five standard deviations of each estimate over n numbers.
  void numbers_are_normal_and_do_not_go_together() {
    constexpr std::int64_t kRows = 8, kCount = 250'000;
    constexpr double n = kRows * kCount;
    const octet::CountedNoise noise{octet::test::random_seed(), 0};
    const auto x = normal(noise, kRows, 0, kCount).to(at::kDouble);
    QVERIFY(std::abs(mean_of(x)) < 5 / std::sqrt(n));
    QVERIFY(std::abs(mean_of(x.pow(2)) - 1) < 5 * std::sqrt(2 / n));
    QVERIFY(std::abs(mean_of(x.pow(3))) < 5 * std::sqrt(15 / n));
    QVERIFY(std::abs(mean_of(x.pow(4)) - 3) < 5 * std::sqrt(96 / n));
    for (const double edge : {-3.0, -1.0, 0.0, 0.5, 2.0, 4.0}) {
      const double below = std::erfc(-edge / std::sqrt(2)) / 2;
      QVERIFY(std::abs(mean_of((x < edge).to(at::kDouble)) - below) < 5 * std::sqrt(below * (1 - below) / n));
    }
    const auto unlike = [&](const at::Tensor& a, const at::Tensor& b) {
      return std::abs(mean_of(a * b)) < 5 / std::sqrt(static_cast<double>(a.numel()));
    };
    for (const std::int64_t lag : {1, 2, 3, 4, 480})  // within a block and beyond
      QVERIFY(unlike(x.slice(2, 0, kCount - lag), x.slice(2, lag)));
    QVERIFY(unlike(x.slice(1, 0, kRows - 1), x.slice(1, 1)));
    QVERIFY(unlike(x, normal({noise.seed, 1}, kRows, 0, kCount).to(at::kDouble)));
    QVERIFY(unlike(x, normal({noise.seed + 1, 0}, kRows, 0, kCount).to(at::kDouble)));
    QVERIFY(unlike(x, normal({noise.seed ^ (1ull << 32), 0}, kRows, 0, kCount).to(at::kDouble)));
  }

  void a_part_is_what_it_is_in_the_whole() {
    const octet::CountedNoise noise{octet::test::random_seed(), 2};
    const auto whole = normal(noise, 3, 0, 41);
    for (std::int64_t first = 0; first < 12; ++first)
      for (std::int64_t count = 1; count < 10; ++count)
        QVERIFY(
            at::equal(normal(noise, 2, first, count), whole.slice(1, 0, 2).slice(2, first, first + count)));
    // Where the block number needs its upper half.
    const std::int64_t far = (std::int64_t{1} << 34) - 2;
    const auto around = normal(noise, 1, far, 4);
    QVERIFY(at::equal(normal(noise, 1, far + 2, 2), around.slice(2, 2)));
    QVERIFY(!at::equal(around.slice(2, 2), whole.slice(1, 0, 1).slice(2, 0, 2)));
  }

  /// 0 and what is just below 1 both come; the mean within five standard deviations.
  void uniform_numbers_lie_in_their_interval() {
    const auto x =
        octet::counted_uniform({octet::test::random_seed(), 2}, 100'000, at::kFloat).to(at::kDouble);
    QVERIFY(x.min().item<double>() >= 0 && x.max().item<double>() < 1);
    QVERIFY(std::abs(mean_of(x) - 0.5) < 5 / std::sqrt(12 * 1e5));
    QVERIFY(x.min().item<double>() < 2e-4 && x.max().item<double>() > 1 - 2e-4);  // missed once in e^20
  }
};

QTEST_GUILESS_MAIN(TestCountedNoise)
#include "test_counted_noise.moc"
