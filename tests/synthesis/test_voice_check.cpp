#include <QtTest>

#include <algorithm>
#include <cmath>

#include "core/synthesis/voice_check.h"

using octet::Conditioning;

namespace {

/// Four seconds of a voice whose log mel lies as speech does: between the floor and 1.5, half of it under -5.
Conditioning voice() {
  Conditioning made;
  for (int i = 0; i < 100; ++i) made.prompt_token.push_back(i);
  for (int i = 0; i < 200 * 80; ++i)
    made.prompt_feat.push_back(-11.51f + 13.0f * static_cast<float>(i * 37 % 101) / 101.0f);
  for (int i = 0; i < 192; ++i) made.embedding.push_back(static_cast<float>(i % 7) - 3.0f);
  return made;
}

}  // namespace

class TestVoiceCheck : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void doubtful_voices_are_said_data() {
    QTest::addColumn<Conditioning>("given");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const char* says, const auto& spoil) {
      auto given = voice();
      spoil(given);
      QTest::newRow(name) << given << QString(says);
    };
    const auto every = [](float (*change)(float)) {
      return
          [change](Conditioning& v) { std::ranges::transform(v.prompt_feat, v.prompt_feat.begin(), change); };
    };
    row("a voice", "", [](auto&) {});
    row("an odd frame", "", [](auto& v) { v.prompt_feat.resize(201 * 80, -8.0f); });
    row("no prompt", "", [](auto& v) { v.prompt_token.clear(), v.prompt_feat.clear(); });
    row("rounded to bf16", "", [](auto& v) { v.prompt_feat[0] = -11.5625f; });
    row("linear", "no logarithm was taken", every([](float x) { return std::exp(x); }));
    row("decimal logarithm", "the logarithm is decimal", every([](float x) { return x / 2.302585f; }));
    row("decibels", "another scale (decibels?)", every([](float x) { return 8.685890f * x; }));
    row("from -1 to 1", "another logarithm", every([](float x) { return x / 6.5f + 0.77f; }));
    row("of integers", "another scale", every([](float x) { return x + 10.4f; }));
    row("silence", "the prompt is silent", every([](float) { return -11.5129f; }));
    row("short", "0.80 s long", [](auto& v) { v.prompt_token.resize(20), v.prompt_feat.resize(40 * 80); });
    row("nobody", "nobody's voice", [](auto& v) { v.embedding.assign(192, 0.0f); });
  }

  void doubtful_voices_are_said() {
    QFETCH(Conditioning, given);
    QFETCH(QString, says);
    const auto checked = octet::check_voice(given, "nora.pt");
    QVERIFY(checked.voice.prompt_token == given.prompt_token);
    QVERIFY(checked.voice.prompt_feat == given.prompt_feat);
    QCOMPARE(checked.warnings.size(), std::size_t(says.isEmpty() ? 0 : 1));
    if (says.isEmpty()) return;
    const auto said = QString::fromStdString(checked.warnings.front());
    QVERIFY2(said.startsWith("nora.pt: ") && said.contains(says), qPrintable(said));
  }

  void tokens_and_mel_are_paired_data() {
    QTest::addColumn<int>("frames");
    QTest::addColumn<int>("tokens_left");
    QTest::addColumn<int>("frames_left");
    QTest::addColumn<QString>("says");
    QTest::newRow("mel too short") << 150 << 75 << 150
                                   << "150 frames, the 100 prompt tokens pair with 200: the last 25 tokens";
    QTest::newRow("mel too short, odd") << 151 << 75 << 151 << "the last 25 tokens are left out";
    QTest::newRow("mel too long") << 230 << 100 << 200 << "the last 30 frames are left out";
    QTest::newRow("mel two frames too long") << 202 << 100 << 200 << "the last 2 frames are left out";
  }

  void tokens_and_mel_are_paired() {
    QFETCH(int, frames);
    QFETCH(int, tokens_left);
    QFETCH(int, frames_left);
    QFETCH(QString, says);
    auto given = voice();
    given.prompt_feat.resize(std::size_t(frames) * 80, -8.0f);
    const auto [kept, warnings] = octet::check_voice(given, "nora.pt");
    QCOMPARE(warnings.size(), std::size_t(1));
    QVERIFY2(QString::fromStdString(warnings[0]).contains(says), warnings[0].c_str());
    QCOMPARE(kept.prompt_token.size(), std::size_t(tokens_left));
    QCOMPARE(kept.prompt_feat.size(), std::size_t(frames_left) * 80);
    // What is left is the beginning of both.
    QVERIFY(std::equal(kept.prompt_token.begin(), kept.prompt_token.end(), given.prompt_token.begin()));
    QVERIFY(std::equal(kept.prompt_feat.begin(), kept.prompt_feat.end(), given.prompt_feat.begin()));
  }
};

QTEST_GUILESS_MAIN(TestVoiceCheck)
#include "test_voice_check.moc"
