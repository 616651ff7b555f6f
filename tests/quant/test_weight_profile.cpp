// What is told of a weight and of its channels, on weights whose figures are known.

#include <QtTest>
#include <cmath>

#include "core/quant/weight_profile.h"

using namespace octet;

class TestWeightProfile : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// [2, 3, 2] with the channels in the middle: element i is of channel (i / 2) % 3.
  void channels_are_those_of_their_axis() {
    const std::vector<float> exact{1, 2, 3, 4, 5, 6, -7, -8, -9, -10, -11, -12};
    auto stored = exact;
    stored[8] += 0.5F;  // channel 1
    const std::vector<float> scales{0.1F, 0.2F, 0.3F};
    const auto profile = profile_weight(exact, stored, 3, 2, scales);
    QCOMPARE(profile.channels.size(), 3U);
    QCOMPARE(profile.channels[0].largest, 8.0F);
    QCOMPARE(profile.channels[1].largest, 10.0F);
    QCOMPARE(profile.channels[2].largest, 12.0F);
    QCOMPARE(profile.channels[2].scale, 0.3F);
    QCOMPARE(profile.channels[0].error.signal, 1.0 + 4 + 49 + 64);
    QCOMPARE(profile.channels[0].error.noise, 0.0);
    QVERIFY(std::isinf(profile.channels[0].error.decibels()));
    QCOMPARE(profile.channels[1].error.noise, 0.25);
    QCOMPARE(profile.error.noise, 0.25);
    QCOMPARE(profile.error.signal, 650.0);
    QCOMPARE(worst_channels(profile, 5), std::vector<std::size_t>{1});  // the others lose nothing
  }

  void a_channel_of_all_levels_fills_each_bin_with_three() {
    std::vector<float> levels;
    for (int level = -127; level <= 127; ++level) levels.push_back(static_cast<float>(level) * 0.01F);
    const auto [limit, exact, stored] = profile_weight(levels, levels, 1, levels.size(), {}).histogram;
    QCOMPARE(exact, std::vector<std::int64_t>(WeightHistogram::kBins, 3));
    QCOMPARE(stored, exact);
    QCOMPARE(limit, 1.275F);
  }

  void no_value_is_lost_from_the_histogram() {
    const std::vector<float> exact{-1, 0, 1}, rounded_up{-1.2F, 0, 1.2F}, zeros(3, 0);
    const auto histogram = profile_weight(exact, rounded_up, 1, 3, {}).histogram;
    QCOMPARE(histogram.stored.front(), 1);
    QCOMPARE(histogram.stored[WeightHistogram::kBins / 2], 1);
    QCOMPARE(histogram.stored.back(), 1);
    QCOMPARE(profile_weight(zeros, zeros, 1, 3, {}).histogram.exact[WeightHistogram::kBins / 2], 3);
  }

  void the_worst_channels_come_first() {
    const std::vector<float> exact{1, 1, 1, 1}, stored{1.01F, 1.3F, 1.1F, 1.2F};
    const auto profile = profile_weight(exact, stored, 4, 1, {});
    QCOMPARE(worst_channels(profile, 3), (std::vector<std::size_t>{1, 3, 2}));
  }

  /// The median leaves out what is 0: a padded weight does not make every other channel stand out.
  void what_is_thrice_the_median_stands_out() {
    const std::vector<float> values{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 3, 3.1F, 5};
    QCOMPARE(standing_out(values), (std::vector<std::size_t>{12, 11}));
    QVERIFY(standing_out(std::vector<float>(4, 0)).empty());
    QVERIFY(standing_out({}).empty());
  }
};

QTEST_GUILESS_MAIN(TestWeightProfile)
#include "test_weight_profile.moc"
