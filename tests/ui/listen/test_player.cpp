// The transport with a sound card made of paper: the test pulls what the card would.

#include <QAudioDevice>
#include <QMediaDevices>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>
#include <cmath>
#include <numbers>
#include <random>

#include "tests/ui/listen/fake_sound.h"
#include "ui/listen/player.h"
#include "ui/theme/theme.h"

namespace {

using namespace octet;
using namespace octet::ui;
using octet::test::FakeSound;
using Samples = std::vector<float>;

Samples noise(int count, unsigned seed, float amplitude = 0.3f) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(-amplitude, amplitude);
  Samples samples(static_cast<std::size_t>(count));
  for (auto& sample : samples) sample = value(random);
  return samples;
}

std::shared_ptr<const Run> run(const QString& name, Samples samples, const QString& clip = "clip") {
  auto made = std::make_shared<Run>();
  made->name = name;
  made->plan = "plan of " + name;
  made->clip = clip;
  made->key.clip = clip.toStdString();
  made->key.slot = name.front().unicode() - 'A';
  made->synthesis.waveform = std::move(samples);
  return made;
}

constexpr int kFade = 192;
constexpr int kPatience = 60'000;  // ms

struct Stage {
  FakeSound* card = new FakeSound;
  Player player{std::unique_ptr<SoundSystem>(card)};

  Stage() { player.setLevelMatch(false); }
};

bool plays(std::span<const float> heard, const Samples& samples, int from) {
  return std::ranges::equal(heard, std::span(samples).subspan(static_cast<std::size_t>(from), heard.size()));
}

/// Lets the playhead follow what is heard.
bool followed(const Player& player) {
  const auto* clock = player.findChild<QTimer*>("playhead");
  QSignalSpy ticks(clock, &QTimer::timeout);
  return QTest::qWaitFor([&] { return ticks.size() > 1 || !clock->isActive(); }, kPatience);
}

}  // namespace

class PlayerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void switching_while_playing_keeps_the_position() {
    Stage stage;
    const auto a = noise(48000, 1), b = noise(48000, 2);
    stage.player.setRuns({run("A", a), run("B", b)});
    stage.player.play();
    stage.card->play(10000);
    stage.player.switchTo(1);
    stage.card->play(kFade);
    QVERIFY(plays(stage.card->play(1000), b, 10000 + kFade));
    stage.player.swap();
    stage.card->play(kFade);
    QVERIFY(plays(stage.card->play(1000), a, 11000 + 2 * kFade));
    QVERIFY(stage.player.playing());
  }

  void the_playhead_follows_what_is_heard() {
    Stage stage;
    stage.player.setRuns({run("A", noise(48000, 1))});
    QSignalSpy moved(&stage.player, &Player::positionChanged);
    stage.player.play();
    for (const double second : {0.1, 0.2, 0.3}) {
      stage.card->play(2400);
      QVERIFY(followed(stage.player));
      QCOMPARE(stage.player.position(), second);
      QCOMPARE(moved.last()[0].toDouble(), second);
    }
    stage.card->buffer(2400);  // pulled, and not heard yet
    QVERIFY(followed(stage.player));
    QCOMPARE(stage.player.position(), 0.3);
  }

  void a_new_run_takes_over_in_the_middle() {
    Stage stage;
    const auto b = noise(48000, 3);
    stage.player.setRuns({run("A", noise(48000, 1)), run("B", noise(48000, 2))});
    stage.player.switchTo(1);
    stage.player.play();
    stage.card->play(5000);
    stage.player.setRuns({run("A", noise(48000, 1)), run("B", b)});
    stage.card->play(kFade);
    QVERIFY(plays(stage.card->play(1000), b, 5000 + kFade));
    QCOMPARE(stage.player.active(), 1);
  }

  void another_clip_starts_at_its_start() {
    Stage stage;
    stage.player.setRuns({run("A", noise(48000, 1)), run("B", noise(48000, 2))});
    stage.player.switchTo(1);
    stage.player.setLoop(0.5, 1);
    stage.player.play();
    stage.card->play(5000);
    stage.player.setRuns({run("A", noise(24000, 3), "other"), run("B", noise(24000, 4), "other")});
    QVERIFY(!stage.player.playing());
    QVERIFY(!stage.player.loop());
    QCOMPARE(stage.player.position(), 0.0);
    QCOMPARE(stage.player.duration(), 1.0);
    QCOMPARE(stage.player.active(), 1);
  }

  // Names are for people, and may change or be alike.
  void runs_are_told_apart_by_slots_and_clips_by_files() {
    Stage stage;
    const auto a = run("A", noise(48000, 1)), b = run("B", noise(48000, 2));
    stage.player.setRuns({a, b});
    stage.player.switchTo(1);
    stage.player.seek(1);
    auto renamed = std::make_shared<Run>(*b), first = std::make_shared<Run>(*a);
    renamed->name = "A";
    first->name = "B";
    first->edits_ago = 1;
    stage.player.setRuns({a, first, renamed});
    QCOMPARE(stage.player.active(), 2);
    QCOMPARE(stage.player.position(), 1.0);
    auto elsewhere = std::make_shared<Run>(*a);
    elsewhere->key.clip = "other/clip";
    stage.player.setRuns({elsewhere});
    QCOMPARE(stage.player.position(), 0.0);
  }

  void at_the_end_it_stops_and_starts_over() {
    Stage stage;
    const auto a = noise(4800, 1);
    stage.player.setRuns({run("A", a)});
    stage.player.play();
    stage.card->play(9600);
    QTRY_VERIFY(!stage.player.playing());
    QCOMPARE(stage.player.position(), 0.2);
    stage.player.play();
    stage.card->play(kFade);
    QVERIFY(plays(stage.card->play(1000), a, kFade));
  }

  void a_loop_goes_round_and_playing_starts_in_it() {
    Stage stage;
    const auto a = noise(48000, 1);
    stage.player.setRuns({run("A", a)});
    stage.player.setLoop(1.5, 1.0);  // dragged to the left
    QCOMPARE(stage.player.loop(), (TimeSpan{1.0, 1.5}));
    QVERIFY(stage.player.looping());
    QCOMPARE(stage.player.position(), 1.0);
    stage.player.play();
    for (int i = 0; i < 4; ++i) {
      stage.card->play(kFade);
      QVERIFY(plays(stage.card->play(12000 - kFade), a, 24000 + kFade));
    }
    stage.player.clearLoop();
    stage.card->play(kFade);
    QVERIFY(plays(stage.card->play(12000), a, 24000 + kFade));
  }

  void without_a_selection_the_whole_clip_loops() {
    Stage stage;
    const auto a = noise(12000, 1);
    stage.player.setRuns({run("A", a)});
    stage.player.setLooping(true);
    stage.player.play();
    stage.card->play(12000 + kFade);
    QVERIFY(plays(stage.card->play(1000), a, kFade));
  }

  void the_level_match_lifts_a_quieter_copy() {
    Stage stage;
    const auto a = noise(48000, 1);
    auto b = a;
    for (auto& sample : b) sample *= 0.5f;
    stage.player.setRuns({run("A", a), run("B", b)});
    stage.player.switchTo(1);
    stage.player.play();
    stage.card->play(1000);
    QVERIFY(plays(stage.card->play(100), b, 1000));
    stage.player.setLevelMatch(true);
    const double gain = stage.player.tracks()[1].gain;
    QVERIFY2(std::abs(20 * std::log10(gain) - 6.0206) < 0.01, qPrintable(QString::number(gain)));
    stage.card->play(kFade);
    const auto heard = stage.card->play(1000);
    for (std::size_t i = 0; i < heard.size(); ++i) QVERIFY(std::abs(heard[i] - a[1100 + kFade + i]) < 1e-3f);
  }

  void without_a_device_it_says_so_and_does_not_play() {
    auto* card = new FakeSound(QList<SoundDevice>{});
    Player player{std::unique_ptr<SoundSystem>(card)};
    player.setRuns({run("A", noise(48000, 1))});
    QVERIFY(!player.output().available());
    QVERIFY(player.output().problem().contains("No audio device"));
    player.play();
    QVERIFY(!player.playing());
    player.seek(1);
    QCOMPARE(player.position(), 1.0);
    card->plug({{"usb", "Headphones"}});
    QVERIFY(player.output().available());
    player.play();
    QVERIFY(player.playing());
    QCOMPARE(card->opened_on().back(), QByteArray("usb"));
  }

  void a_device_that_vanishes_pauses_and_its_return_lets_it_go_on() {
    Stage stage;
    const auto a = noise(48000, 1);
    stage.player.setRuns({run("A", a)});
    stage.player.play();
    stage.card->play(2400);
    QTRY_COMPARE(stage.player.position(), 0.1);
    stage.card->buffer(2400);  // which nobody hears
    stage.card->plug({});
    QVERIFY(!stage.player.playing());
    QVERIFY(!stage.player.output().available());
    QVERIFY(!stage.card->open_now());
    QVERIFY(followed(stage.player));
    QCOMPARE(stage.player.position(), 0.1);
    stage.card->plug({{"card", "Card"}});
    QVERIFY(stage.player.output().available());
    QVERIFY(!stage.player.playing());  // nobody wants to be startled
    stage.player.play();
    stage.card->play(kFade);
    QVERIFY(plays(stage.card->play(1000), a, 2400 + kFade));
  }

  void a_better_device_is_followed_without_a_stop() {
    Stage stage;
    const auto a = noise(48000, 1);
    stage.player.setRuns({run("A", a)});
    stage.player.play();
    stage.card->play(5000);
    stage.card->plug({{"usb", "Headphones"}, {"card", "Card"}});
    QVERIFY(stage.player.playing());
    QCOMPARE(stage.card->opened_on(), (std::vector<QByteArray>{"card", "usb"}));
    QVERIFY(plays(stage.card->play(1000), a, 5000));
  }

  void a_device_that_cannot_be_opened_is_tried_again() {
    Stage stage;
    stage.player.setRuns({run("A", noise(48000, 1))});
    stage.card->refuse(true);
    stage.player.play();
    QVERIFY(!stage.player.playing());
    QVERIFY(stage.player.output().problem().contains("another program"));
    stage.card->refuse(false);
    stage.player.play();
    QVERIFY(stage.player.playing());
    QVERIFY(stage.player.output().available());
  }

  void a_device_that_fails_again_stops_the_playing_again() {
    Stage stage;
    stage.player.setRuns({run("A", noise(48000, 1))});
    for (int i = 0; i < 2; ++i) {
      stage.player.play();
      QVERIFY(stage.player.playing());
      stage.card->break_down();
      QVERIFY(!stage.player.playing());
      QVERIFY(stage.player.output().problem().contains("stopped"));
    }
  }

  // With or without a card in this computer; what is played is silence.
  void the_systems_own_sound_is_found_or_missed() {
    const bool any = !QMediaDevices::audioOutputs().isEmpty();
    Player player;
    player.setRuns({run("A", Samples(240000))});
    player.play();
    if (any) {
      QTRY_VERIFY(player.position() > 0.2);
      QVERIFY(player.output().available());
    } else {
      QTRY_VERIFY(!player.output().available());
      QVERIFY(!player.playing());
    }
  }

  void a_card_of_another_rate_gets_the_same_sound_resampled() {
    auto* card = new FakeSound({{"card", "Card"}}, 48000);
    Player player{std::unique_ptr<SoundSystem>(card)};
    Samples tone(48000);
    for (std::size_t i = 0; i < tone.size(); ++i)
      tone[i] = static_cast<float>(0.3 * std::sin(2 * std::numbers::pi * 440 * double(i) / kSampleRate));
    player.setRuns({run("A", tone)});
    player.play();
    card->play(4800);
    const auto heard = card->play(4800);
    double energy = 0;
    for (const float sample : heard) energy += double(sample) * sample;
    QVERIFY(std::abs(std::sqrt(energy / double(heard.size())) - 0.3 / std::sqrt(2)) < 1e-3);
    QTRY_VERIFY(player.position() > 0.15);
    QVERIFY(player.position() <= 0.2);
  }

  // What was lost can be heard by itself, at the same place, lifted to be heard at all.
  void the_difference_is_a_track_of_its_own() {
    Stage stage;
    const auto a = noise(48000, 1);
    auto b = a;
    auto lost = noise(48000, 2);
    for (std::size_t i = 0; i < a.size(); ++i) {
      b[i] += 0.25f * lost[i];
      lost[i] = b[i] - a[i];
    }
    stage.player.setRuns({run("A", a), run("B", b)});
    const auto& track = stage.player.tracks().back();
    QCOMPARE(track.name, QString("B−A"));
    QVERIFY(track.kind == PlayerTrack::Kind::difference);
    QVERIFY(*track.samples == lost);
    stage.player.play();
    stage.card->play(10000);
    stage.player.switchTo(2);
    stage.card->play(kFade);
    QVERIFY(plays(stage.card->play(1000), lost, 10000 + kFade));
    // Next goes through what was spoken and recorded.
    stage.player.switchTo(1);
    stage.player.next();
    QCOMPARE(stage.player.active(), 0);
    // Lifted to A's level, by 20 dB at most, and never into clipping.
    stage.player.setLevelMatch(true);
    const double gain = stage.player.tracks().back().gain;
    QVERIFY(gain > 1 && gain <= 10 && gain * stage.player.tracks().back().level().peak <= 1 + 1e-9);
    // Runs that are equal differ by nothing that could be heard.
    stage.player.setRuns({run("A", a), run("B", a)});
    QCOMPARE(stage.player.tracks().size(), std::size_t(2));
  }

  // Through the band what is heard lies where it was; the place is kept, and all runs are lifted alike.
  void a_band_is_heard_alone_in_its_place() {
    Stage stage;
    const auto a = noise(48000, 1), b = noise(48000, 2, 0.1F);
    stage.player.setRuns({run("A", a), run("B", b)});
    stage.player.play();
    stage.card->play(10000);
    const FrequencyBand band{4000, 8000};
    stage.player.setBand(band);
    stage.card->play(kFade);
    const auto taps = band_pass(band, kSampleRate);
    const auto gain = static_cast<float>(stage.player.bandGain());
    // A third of white noise: 4.8 dB less, from 800 samples looked at, to 10 %.
    QVERIFY2(std::abs(gain - std::sqrt(3.0F)) < 0.17F, qPrintable(QString::number(double(gain))));
    const auto is = [&](const Samples& heard, const Samples& of, int from) {
      for (std::size_t i = 0; i < heard.size(); ++i)
        if (std::abs(heard[i] - gain * filtered(of, taps, from + static_cast<int>(i))) > 1e-6F) return false;
      return true;
    };
    QVERIFY(is(stage.card->play(1000), a, 10000 + kFade));
    stage.player.switchTo(1);
    stage.card->play(kFade);
    QVERIFY(is(stage.card->play(1000), b, 11000 + 2 * kFade));
    stage.player.setBand({});
    stage.card->play(kFade);
    QVERIFY(plays(stage.card->play(1000), b, 12000 + 3 * kFade));
  }

  void what_is_too_loud_for_the_card_is_told() {
    Stage stage;
    auto loud = noise(48000, 1);
    loud[12000] = 1.5F;
    stage.player.setRuns({run("A", loud)});
    float most = 0;
    connect(&stage.player, &Player::peakHeard, this, [&](float peak) { most = std::max(most, peak); });
    stage.player.play();
    stage.card->play(11000);
    QVERIFY(followed(stage.player));
    QVERIFY(most > 0.29F && most <= 0.3F);
    stage.card->play(2000);
    QVERIFY(followed(stage.player));
    QCOMPARE(most, 1.5F);
  }

  void the_original_comes_behind_the_runs() {
    Stage stage;
    stage.player.setRuns({run("A", noise(24000, 1)), run("B", noise(24000, 2))});
    stage.player.setOriginal(std::make_shared<const Sound>(Sound{kSampleRate, 1, noise(24000, 3)}));
    QCOMPARE(stage.player.tracks().size(), std::size_t(4));  // and the difference
    QCOMPARE(*stage.player.tracks()[2].samples, noise(24000, 3));
    stage.player.switchTo(2);
    stage.player.setRuns({run("A", noise(24000, 1)), run("B", noise(24000, 2)), run("C", noise(24000, 4))});
    QCOMPARE(stage.player.tracks()[static_cast<std::size_t>(stage.player.active())].name,
             QString("Original"));
    stage.player.setOriginal(nullptr);
    QCOMPARE(stage.player.tracks().size(), std::size_t(4));
  }

  void what_a_lane_found_out_of_sounds_is_taken() {
    Stage stage;
    auto a = std::make_shared<Run>(*run("A", noise(24000, 1)));
    a->overview = std::make_shared<const SoundOverview>(a->synthesis.waveform, kSampleRate);
    const auto recording = std::make_shared<const Sound>(Sound{kSampleRate, 1, noise(24000, 3)});
    const auto of_it = std::make_shared<const SoundOverview>(recording->samples, kSampleRate);
    stage.player.setRuns({a});
    stage.player.setOriginal(recording, of_it);
    QCOMPARE(stage.player.tracks()[0].overview, a->overview);
    QCOMPARE(stage.player.tracks()[1].overview, of_it);
  }

  void without_a_card_former_runs_are_let_go_at_once() {
    Stage stage;
    auto first = run("A", noise(24000, 1));
    const std::weak_ptr<const Run> former = first;
    stage.player.setRuns({std::move(first)});
    stage.player.setRuns({run("A", noise(24000, 2))});
    QVERIFY(former.expired());
  }

  // Blue, orange, and a third that is neither, also while there is no B yet.
  void the_recording_has_a_colour_of_its_own() {
    Stage stage;
    stage.player.setOriginal(std::make_shared<const Sound>(Sound{kSampleRate, 1, noise(24000, 3)}));
    stage.player.setRuns({run("A", noise(24000, 1))});
    QCOMPARE(track_colour(stage.player.tracks()[0]), run_colour(0));
    const auto before = track_colour(stage.player.tracks()[1]);
    for (int slot = 0; slot < 5; ++slot) QVERIFY(before != run_colour(slot));
    stage.player.setRuns({run("B", noise(24000, 2))});  // A failed
    QCOMPARE(track_colour(stage.player.tracks()[0]), run_colour(1));
    QCOMPARE(track_colour(stage.player.tracks()[1]), before);
  }

  void an_idle_device_is_given_back() {
    Stage stage;
    stage.player.setRuns({run("A", noise(24000, 1))});
    stage.player.play();
    QVERIFY(stage.card->open_now());
    stage.card->play(100);
    stage.player.pause();
    QTRY_VERIFY_WITH_TIMEOUT(!stage.card->open_now(), kPatience);
  }
};

QTEST_MAIN(PlayerTest)
#include "test_player.moc"
