#include <QtTest>
#include <algorithm>
#include <cmath>
#include <functional>

#include "core/audio/sound_doubts.h"

using namespace octet;

namespace {

/// A second of a tone at 24 kHz.
Sound tone(float amplitude) {
  Sound sound{24000, 1, std::vector<float>(24000)};
  for (std::size_t i = 0; i < sound.samples.size(); ++i)
    sound.samples[i] = amplitude * std::sin(0.1f * static_cast<float>(i));
  return sound;
}

Sound changed(Sound sound, const std::function<float(float)>& change) {
  std::ranges::transform(sound.samples, sound.samples.begin(), change);
  return sound;
}

Sound beside(const Sound& left, const Sound& right) {
  Sound both{left.sample_rate, 2, {}};
  for (std::size_t i = 0; i < left.samples.size(); ++i)
    both.samples.insert(both.samples.end(), {left.samples[i], right.samples[i]});
  return both;
}

}  // namespace

class TestSoundDoubts : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void doubtful_sounds_are_said_data() {
    QTest::addColumn<std::vector<float>>("samples");
    QTest::addColumn<int>("channels");
    QTest::addColumn<QString>("doubt");
    const auto row = [](const char* name, const Sound& sound, const char* doubt) {
      QTest::newRow(name) << sound.samples << sound.channels << QString(doubt);
    };
    row("a tone", tone(0.5f), "");
    row("a tone at full scale", tone(1.0f), "");
    row("a quiet tone", tone(0.002f), "");
    row("hot floats", tone(1.5f), "");
    row("silence", tone(0), "is silent: every sample is 0");
    row("a constant", changed(tone(0), [](float) { return 0.25f; }), "is silent: its samples never change");
    row("nearly silent", tone(0.0005f), "nearly silent: its peak lies at -66 dBFS");
    row("integers as floats", tone(32768), "reaches 32768");
    row("integers of 32 bits", tone(2e9f), "Divide them by 2147483648");
    const auto clipped = changed(tone(2), [](float x) { return std::clamp(x, -1.0f, 0.99997f); });
    row("clipped", clipped, "is clipped");
    row("DC", changed(tone(0.05f), [](float x) { return x + 0.1f; }), "a constant of 0.100");
    row("quiet on a constant", changed(tone(0.0005f), [](float x) { return x + 0.005f; }),
        "nearly silent: its peak lies at -66 dBFS");
    row("a little DC", changed(tone(0.5f), [](float x) { return x + 0.02f; }), "");
    row("stereo", beside(tone(0.5f), tone(0.25f)), "");
    // What is said of a sound is said of its best channel, and of clipping of its worst.
    row("one channel silent", beside(tone(0), tone(0.5f)), "");
    row("second channel silent", beside(tone(0.5f), tone(0)), "");
    row("first channel clipped", beside(clipped, tone(0.5f)), "is clipped");
    row("second channel clipped", beside(tone(0.5f), clipped), "is clipped");
    row("one channel inverted", beside(tone(0.5f), tone(-0.475f)), "cancel each other");
  }

  void doubtful_sounds_are_said() {
    QFETCH(std::vector<float>, samples);
    QFETCH(int, channels);
    QFETCH(QString, doubt);
    const auto said = doubts({24000, channels, samples}, "voice.wav");
    QCOMPARE(said.size(), std::size_t(doubt.isEmpty() ? 0 : 1));
    if (doubt.isEmpty()) return;
    QVERIFY2(QString::fromStdString(said[0]).startsWith("voice.wav"), said[0].c_str());
    QVERIFY2(QString::fromStdString(said[0]).contains(doubt), said[0].c_str());
  }
};

QTEST_GUILESS_MAIN(TestSoundDoubts)
#include "test_sound_doubts.moc"
