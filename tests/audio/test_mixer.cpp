// The mixer without a sound card: the test is the card. Needs no Torch (tests/threads).

#include <QTest>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <new>
#include <numbers>
#include <random>
#include <thread>

#include "core/audio/mixer.h"
#include "tests/random_seed.h"

namespace {

// How often this thread asked for or gave back memory.
thread_local int memory_calls = 0;

}  // namespace

void* operator new(std::size_t bytes) {
  ++memory_calls;
  if (void* memory = std::malloc(bytes ? bytes : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  ++memory_calls;
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  ++memory_calls;
  std::free(memory);
}

namespace {

using octet::Mixer;
using Samples = std::vector<float>;

constexpr int kRate = 24000;

Mixer::Track track(Samples samples, float gain = 1) {
  return {std::make_shared<const Samples>(std::move(samples)), gain};
}

/// Every sample differs from its neighbours, so that a shift by one cannot hide.
Samples noise(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(-0.9f, 0.9f);
  Samples samples(static_cast<std::size_t>(count));
  for (auto& sample : samples) sample = value(random);
  return samples;
}

/// Ends where it happens to be, not at zero.
Samples sine(int count, double hertz, double phase) {
  Samples samples(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<float>(0.8 * std::sin(2 * std::numbers::pi * hertz * double(i) / kRate + phase));
  return samples;
}

/// No two neighbouring samples of 0.8 sin, or of a crossfade between two of them, differ by more: the
/// steepest slope of the sound itself, and the two peaks apart over the length of a crossfade.
float largest_step(double hertz, const Mixer& mixer) {
  return static_cast<float>(0.8 * 2 * std::numbers::pi * hertz / kRate + 1.6 / mixer.fade());
}

Samples rendered(Mixer& mixer, int count) {
  Samples out(static_cast<std::size_t>(count));
  mixer.render(out);
  return out;
}

std::int64_t below(std::mt19937& random, int bound) {
  return static_cast<std::int64_t>(random() % static_cast<unsigned>(bound));
}

std::span<const float> part(const Samples& samples, std::int64_t from, std::int64_t count) {
  return std::span(samples).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(count));
}

bool equal(std::span<const float> a, std::span<const float> b) { return std::ranges::equal(a, b); }

float steepest(std::span<const float> samples, float before = 0) {
  float steepest = 0;
  for (const float sample : samples) {
    steepest = std::max(steepest, std::abs(sample - before));
    before = sample;
  }
  return steepest;
}

}  // namespace

class MixerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void is_silent_until_it_plays() {
    Mixer mixer(kRate);
    QVERIFY(equal(rendered(mixer, 100), Samples(100)));
    mixer.play();
    QVERIFY(equal(rendered(mixer, 100), Samples(100)));
    mixer.pause();
    mixer.set_tracks({track(noise(kRate, 1))});
    QVERIFY(equal(rendered(mixer, 100), Samples(100)));
    QCOMPARE(mixer.heard().position, 0);
  }

  void plays_a_track_bit_by_bit_behind_the_first_fade() {
    Mixer mixer(kRate);
    const auto samples = noise(kRate, 1);
    mixer.set_tracks({track(samples)});
    mixer.play();
    const auto out = rendered(mixer, 5000);
    QCOMPARE(mixer.fade(), 192);  // 8 ms
    QVERIFY(equal(part(out, 192, 4808), part(samples, 192, 4808)));
    QCOMPARE(mixer.heard().position, 5000);
    QVERIFY(mixer.heard().playing);
  }

  void a_switch_loses_no_sample() {
    Mixer mixer(kRate);
    const std::vector<Samples> tracks{noise(4 * kRate, 1), noise(4 * kRate, 2), noise(4 * kRate, 3)};
    mixer.set_tracks({track(tracks[0]), track(tracks[1]), track(tracks[2])});
    mixer.play();
    rendered(mixer, mixer.fade());
    std::mt19937 random(7);
    std::int64_t position = mixer.fade();
    for (int i = 0, current = 0; i < 60; ++i) {
      const int next = static_cast<int>(random() % 3);
      mixer.select(next);
      const auto& from = tracks[static_cast<std::size_t>(current)];
      const auto& to = tracks[static_cast<std::size_t>(next)];
      const auto fading = rendered(mixer, mixer.fade());
      for (int k = 0; k < mixer.fade(); ++k) {
        const auto at = static_cast<std::size_t>(position + k);
        const float weight = float(k + 1) / float(mixer.fade() + 1);
        QVERIFY(std::abs(fading[static_cast<std::size_t>(k)] - ((1 - weight) * from[at] + weight * to[at])) <
                1e-6f);
      }
      position += mixer.fade();
      const int count = static_cast<int>(random() % 1000);
      QVERIFY(equal(rendered(mixer, count), part(to, position, count)));
      position += count;
      QCOMPARE(mixer.heard().position, position);
      current = next;
    }
  }

  void switching_between_equal_tracks_is_inaudible_to_the_bit() {
    Mixer mixer(kRate);
    const auto samples = noise(kRate, 1);
    mixer.set_tracks({track(samples), track(samples)});
    mixer.play();
    rendered(mixer, mixer.fade());
    for (int i = 0, position = mixer.fade(); i < 40; ++i, position += 333) {
      mixer.select(i % 2);
      QVERIFY(equal(rendered(mixer, 333), part(samples, position, 333)));
    }
  }

  void gains_apply_without_a_click() {
    Mixer mixer(kRate);
    const auto samples = std::make_shared<const Samples>(sine(kRate, 200, 0));
    mixer.set_tracks({{samples, 1}});
    mixer.play();
    rendered(mixer, 4000);
    const float last = (*samples)[3999];
    mixer.set_tracks({{samples, 0.25f}});
    mixer.set_volume(0.5f);
    const auto out = rendered(mixer, 2000);
    QVERIFY(steepest(out, last) <= largest_step(200, mixer));
    for (std::size_t i = 192; i < out.size(); ++i) QCOMPARE(out[i], 0.125f * (*samples)[4000 + i]);
  }

  void nothing_clicks() {
    const auto seed = octet::test::random_seed();
    std::mt19937 random(seed);
    Mixer mixer(kRate);
    const int length = kRate;
    // Whole, shorter and other tracks; the loop's ends and the tracks' ends lie at any phase.
    mixer.set_tracks(
        {track(sine(length, 220, 0.3)), track(sine(length, 220, 2.1)), track(sine(length / 2, 180, 1))});
    float before = 0;
    for (int i = 0; i < 4000; ++i) {
      switch (random() % 8) {
        case 0: mixer.pause(); break;
        case 1: mixer.seek(below(random, length + 1)); break;
        case 2: mixer.set_loop(Mixer::Loop{below(random, length), below(random, length)}); break;
        case 3: mixer.set_loop({}); break;
        case 4: mixer.set_volume(float(random() % 5) / 4); break;
        case 5: mixer.play(); break;
        default: mixer.select(static_cast<int>(random() % 3));
      }
      const auto out = rendered(mixer, static_cast<int>(random() % 1500));
      QVERIFY2(steepest(out, before) <= largest_step(220, mixer), qPrintable(QString::number(i)));
      if (!out.empty()) before = out.back();
    }
  }

  void a_loop_repeats_to_the_sample() {
    Mixer mixer(kRate);
    const auto samples = noise(kRate, 1);
    mixer.set_tracks({track(samples)});
    mixer.set_loop(Mixer::Loop{5000, 6000});
    mixer.seek(5000);
    mixer.play();
    rendered(mixer, 1000);
    for (int i = 0; i < 20; ++i) {
      const auto out = rendered(mixer, 1000);
      QVERIFY(equal(part(out, 192, 808), part(samples, 5192, 808)));
      QCOMPARE(mixer.heard().position, 6000);  // the next frame wraps
    }
    rendered(mixer, 1);
    QCOMPARE(mixer.heard().position, 5001);
  }

  void a_switch_just_before_the_wrap_does_not_shift_the_loop() {
    Mixer mixer(kRate);
    const std::vector<Samples> tracks{noise(kRate, 1), noise(kRate, 2)};
    mixer.set_tracks({track(tracks[0]), track(tracks[1])});
    mixer.set_loop(Mixer::Loop{5000, 6000});
    mixer.seek(5000);
    mixer.play();
    rendered(mixer, 950);
    mixer.select(1);
    rendered(mixer, 50 + 500);
    QVERIFY(equal(rendered(mixer, 400), part(tracks[1], 5500, 400)));
    QCOMPARE(mixer.heard().position, 5900);
  }

  void what_plays_outside_the_loop_goes_on_until_it_gets_there() {
    Mixer mixer(kRate);
    mixer.set_tracks({track(noise(kRate, 1))});
    mixer.set_loop(Mixer::Loop{5000, 6000});
    mixer.seek(4000);
    mixer.play();
    rendered(mixer, 2300);
    QCOMPARE(mixer.heard().position, 5300);
    mixer.seek(7000);
    rendered(mixer, 2000);
    QCOMPARE(mixer.heard().position, 9000);
  }

  void the_playhead_is_that_of_the_frame_being_heard() {
    Mixer mixer(kRate);
    mixer.set_tracks({track(noise(kRate, 1))});
    mixer.set_loop(Mixer::Loop{1000, 3000});
    mixer.play();
    // 480 frames lie in the card's buffer, and are not heard yet.
    for (std::int64_t block = 0; block < 100; ++block) {
      rendered(mixer, 100);
      const auto frame = std::max<std::int64_t>(0, mixer.rendered() - 480);
      const auto expected = frame < 3000 ? frame : 1000 + (frame - 3000) % 2000;
      QCOMPARE(mixer.heard(frame).position, expected);
    }
    mixer.pause();
    rendered(mixer, 100);
    QVERIFY(mixer.heard(mixer.rendered() - 480).playing);
    QVERIFY(!mixer.heard().playing);
  }

  void a_jump_shows_at_once() {
    Mixer mixer(kRate);
    mixer.set_tracks({track(noise(kRate, 1))});
    mixer.play();
    rendered(mixer, 2000);
    mixer.seek(12000);
    QCOMPARE(mixer.heard().position, 12000);  // nobody rendered yet
    rendered(mixer, 100);
    QCOMPARE(mixer.heard(mixer.rendered() - 480).position, 12000);  // rendered, still in the buffer
    QCOMPARE(mixer.heard().position, 12100);
  }

  void pausing_keeps_the_place() {
    Mixer mixer(kRate);
    const auto samples = noise(kRate, 1);
    mixer.set_tracks({track(samples)});
    mixer.play();
    rendered(mixer, 3000);
    mixer.pause();
    const auto out = rendered(mixer, 1000);
    QVERIFY(equal(part(out, 192, 808), Samples(808)));
    QCOMPARE(mixer.heard().position, 3000);
    mixer.play();
    rendered(mixer, mixer.fade());
    QVERIFY(equal(rendered(mixer, 500), part(samples, 3000 + mixer.fade(), 500)));
  }

  void the_end_is_told_and_play_starts_over() {
    Mixer mixer(kRate);
    const auto samples = noise(3000, 1);
    mixer.set_tracks({track(samples)});
    mixer.play();
    const auto out = rendered(mixer, 5000);
    QVERIFY(equal(part(out, 192, 2808), part(samples, 192, 2808)));
    QVERIFY(equal(part(out, 3192, 1808), Samples(1808)));
    QVERIFY(mixer.heard().ended);
    QVERIFY(!mixer.heard().playing);
    QCOMPARE(mixer.heard().position, 3000);
    mixer.set_volume(1);  // nothing but play and seek wakes it
    rendered(mixer, 100);
    QVERIFY(mixer.heard().ended);
    mixer.play();
    rendered(mixer, 1000);
    QCOMPARE(mixer.heard().position, 1000);
    QVERIFY(mixer.heard().playing);
  }

  void a_track_that_ends_loud_fades_away() {
    Mixer mixer(kRate);
    mixer.set_tracks({track(Samples(3000, 0.8f))});
    mixer.play();
    QVERIFY(steepest(rendered(mixer, 5000)) <= 0.8f / mixer.fade());
  }

  void new_tracks_take_over_where_the_old_ones_were() {
    Mixer mixer(kRate);
    const std::vector<Samples> tracks{noise(kRate, 1), noise(kRate, 2), noise(kRate, 3)};
    mixer.set_tracks({track(tracks[0]), track(tracks[1])});
    mixer.select(1);
    mixer.play();
    rendered(mixer, 3000);
    mixer.set_tracks({track(tracks[0]), track(tracks[2])});
    rendered(mixer, 1000);
    QVERIFY(equal(rendered(mixer, 1000), part(tracks[2], 4000, 1000)));
  }

  void old_tracks_are_freed_by_the_player_and_not_before_they_faded() {
    Mixer mixer(kRate);
    std::weak_ptr<const Samples> old;
    {
      auto first = track(noise(kRate, 1));
      old = first.samples;
      mixer.set_tracks({std::move(first)});
    }
    mixer.play();
    rendered(mixer, 1000);
    mixer.set_tracks({track(noise(kRate, 2))});
    rendered(mixer, mixer.fade() / 2);
    mixer.heard();
    QVERIFY(!old.expired());
    rendered(mixer, mixer.fade());
    QVERIFY(!old.expired());
    mixer.heard();
    QVERIFY(old.expired());
  }

  // A window holds a sentence's runs no longer than it shows them, card or no card.
  void where_nobody_renders_old_tracks_are_let_go_when_asked() {
    Mixer mixer(kRate);
    for (const bool played : {false, true}) {
      auto first = track(noise(kRate, 1));
      const std::weak_ptr<const Samples> old = first.samples;
      mixer.set_tracks({std::move(first)});
      mixer.play();
      Samples out(static_cast<std::size_t>(played ? 1000 : 0));
      mixer.render(out);
      mixer.pause();
      const auto second = noise(kRate, 2);
      mixer.set_tracks({track(second)});
      QVERIFY(!old.expired());
      mixer.settle();
      QVERIFY(old.expired());
      // It goes on as if nothing had been.
      mixer.seek(500);
      mixer.play();
      Samples heard(static_cast<std::size_t>(2 * mixer.fade()));
      mixer.render(heard);
      QCOMPARE(heard.back(), second[static_cast<std::size_t>(500 + 2 * mixer.fade() - 1)]);
    }
  }

  // The last pull of a card that is being closed may come late.
  void settling_and_rendering_do_not_meet() {
    Mixer mixer(kRate);
    std::atomic<bool> done = false;
    std::thread card([&] {
      Samples block(64);
      while (!done) mixer.render(block);
    });
    bool all_freed = true;
    for (unsigned i = 0; i < 2000; ++i) {
      auto next = track(noise(1000, i));
      const std::weak_ptr<const Samples> kept = next.samples;
      mixer.set_tracks({std::move(next)});
      mixer.play();
      mixer.settle();
      all_freed = all_freed && !kept.expired();  // those in use are never let go
    }
    done = true;
    card.join();
    QVERIFY(all_freed);
  }

  void only_the_last_wish_counts_when_nobody_renders() {
    Mixer mixer(kRate);
    const std::vector<Samples> tracks{noise(kRate, 1), noise(kRate, 2)};
    mixer.set_tracks({track(tracks[0]), track(tracks[1])});
    for (int i = 0; i <= 100000; ++i) {
      mixer.select(i % 2);
      mixer.seek(i % 1000);
    }
    mixer.seek(500);
    mixer.select(1);
    mixer.play();
    rendered(mixer, mixer.fade());
    QVERIFY(equal(rendered(mixer, 100), part(tracks[1], 500 + mixer.fade(), 100)));
  }

  void a_player_who_did_not_listen_for_long_learns_the_state() {
    Mixer mixer(kRate);
    mixer.set_tracks({track(noise(kRate, 1))});
    mixer.set_loop(Mixer::Loop{1000, 2000});
    mixer.play();
    for (int i = 0; i < 2000; ++i) rendered(mixer, 1000);  // twice the wraps that are kept for him
    rendered(mixer, 500);
    mixer.heard();
    rendered(mixer, 10);
    const auto position = mixer.heard().position;
    QVERIFY2(position >= 1000 && position <= 2000, qPrintable(QString::number(position)));
  }

  void rendering_neither_allocates_nor_frees() {
    Mixer mixer(kRate);
    Samples out(512);
    int calls = 0;
    for (int i = 0; i < 200; ++i) {
      mixer.set_tracks({track(noise(8000, 1)), track(noise(8000, 2))});
      mixer.set_loop(i % 3 ? std::optional(Mixer::Loop{100, 700}) : std::nullopt);
      mixer.seek(i * 30);
      mixer.select(i % 2);
      i % 7 ? mixer.play() : mixer.pause();
      const int before = memory_calls;
      for (int block = 0; block < 4; ++block) mixer.render(out);
      calls += memory_calls - before;
    }
    QVERIFY(memory_calls > 200);  // the counter counts
    QCOMPARE(calls, 0);
  }

  void two_threads() {
    const auto seed = octet::test::random_seed();
    Mixer mixer(kRate);
    std::atomic<bool> done{false};
    std::atomic<int> blocks{0};
    float worst = 0;
    int calls = 0;
    std::thread card([&] {
      Samples out(480);
      float before = 0;
      const int calls_before = memory_calls;
      while (!done) {
        mixer.render(out);
        worst = std::max(worst, steepest(out, before));
        before = out.back();
        ++blocks;
        std::this_thread::yield();
      }
      calls = memory_calls - calls_before;
    });
    std::mt19937 random(seed);
    bool inside = true;
    for (int i = 0; i < 3000 || blocks < 500; ++i) {
      switch (random() % 7) {
        case 0: mixer.set_tracks({track(sine(kRate, 220, 0.3)), track(sine(kRate, 220, 2))}); break;
        case 1: mixer.seek(below(random, kRate)); break;
        case 2: mixer.set_loop(Mixer::Loop{below(random, kRate), below(random, kRate)}); break;
        case 3: mixer.pause(); break;
        case 4: mixer.play(); break;
        default: mixer.select(static_cast<int>(random() % 2));
      }
      const auto position = mixer.heard().position;
      inside = inside && position >= 0 && position <= mixer.length();
    }
    done = true;
    card.join();
    QVERIFY(inside);
    QVERIFY(worst > 0);
    QVERIFY2(worst <= largest_step(220, mixer), qPrintable(QString::number(worst)));
    QCOMPARE(calls, 0);
  }
};

QTEST_GUILESS_MAIN(MixerTest)
#include "test_mixer.moc"
