#include <algorithm>
#include <cmath>
#include <cstring>

#include "tests/cli/octet_process.h"

using namespace octet;
using namespace octet::test;

/// What is repaired, left out or doubtful is said on stderr and in --json, and does not end the work.
class TestDoubtfulInput : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    save(at("tokens"), {{"speech_tokens", ids(some_ids(10))}});
    save(at("voice"), short_voice());
    write_tones(in("sound.wav"), 16000, 1, 0.5);
  }

  /// The same samples under a header that SoX leaves in a pipe.
  void a_sound_that_is_repaired_is_used_and_said() {
    auto bytes = read_bytes(at("sound.wav"));
    const std::uint32_t unknown = 0x7FFFF000;
    std::memcpy(bytes.data() + 40, &unknown, sizeof unknown);
    write_bytes(at("piped.wav"), bytes);
    const auto spoken = [&](const char* source, const char* out) {
      return run_octet({"synth", kDemoCheckpoint, "--source", in(source), "--conds", in("voice"), "--steps",
                        "1", "--json", "-o", in(out)});
    };
    const auto whole = spoken("sound.wav", "whole.wav"), piped = spoken("piped.wav", "piped.out.wav");
    COMPARE_RUN(whole, 0, "");
    QVERIFY2(whole.err.isEmpty(), whole.err);
    QCOMPARE(whole.json()["warnings"].toArray().size(), 0);
    COMPARE_RUN(piped, 0, "piped.wav: its header was never finished");
    QCOMPARE(content(in("piped.out.wav")), content(in("whole.wav")));
    QCOMPARE(piped.json()["warnings"].toArray().size(), 1);
    QVERIFY(piped.json()["warnings"][0].toString().contains("piped.wav"));
  }

  /// Upstream's model would speak the rest of the prompt: 15 tokens of it, 0.6 s too much.
  void a_prompt_whose_mel_is_too_short_is_cut_and_said() {
    auto voice = short_voice();
    auto& mel = voice.at("prompt_feat");
    mel.shape = {1, 20, 80};
    mel.bytes.resize(20 * 80 * size_of(mel.dtype));
    save(at("unpaired"), voice);
    const auto run = spoken_by("unpaired");
    COMPARE_RUN(run, 0, "prompt_feat has 20 frames, the 25 prompt tokens pair with 50: the last 15 tokens");
    QCOMPARE(run.json()["seconds"].toDouble(), 0.4);  // ten tokens
    const auto warnings = run.json()["warnings"].toArray();
    QCOMPARE(warnings.size(), 2);  // the prompt is also short
    QVERIFY(warnings[0].toString().contains("unpaired"));
  }

  void doubtful_inputs_are_said() {
    write_tones(in("silence.wav"), 16000, 1, 1);
    auto bytes = read_bytes(at("silence.wav"));
    std::fill(bytes.begin() + 44, bytes.end(), '\0');
    write_bytes(at("silence.wav"), bytes);
    COMPARE_RUN(run_octet({"synth", kDemoCheckpoint, "--tokens", in("tokens"), "--reference",
                           in("silence.wav"), "--steps", "1", "-o", in("out.wav")}),
                0, "silence.wav is silent");
    auto voice = short_voice();
    auto& mel = voice.at("prompt_feat").bytes;
    for (std::size_t i = 0; i < mel.size(); i += sizeof(float)) {
      float value;
      std::memcpy(&value, mel.data() + i, sizeof value);
      value = std::exp(value);
      std::memcpy(mel.data() + i, &value, sizeof value);
    }
    save(at("linear"), voice);
    COMPARE_RUN(spoken_by("linear"), 0, "no logarithm was taken");
  }

  void a_clip_that_cannot_be_used_does_not_end_a_comparison() {
    QDir().mkpath(in("clips"));
    const auto clip = [&](const char* name) { return in("clips") + '/' + name; };
    write_tones(clip("A.WAV"), 16000, 1, 0.5);
    write_tones(clip("click.wav"), 16000, 1, 0.03);
    write_bytes(path_of(clip("page.wav")), "<html>404</html>");
    write_bytes(path_of(clip("._A.WAV")), std::string("\0\5\x16\7", 4));
    const auto run = run_octet({"compare", kDemoCheckpoint, "--plan", "all-base", "--plan", "seed", "--steps",
                                "1", "--clips", in("clips"), "--json"});
    COMPARE_RUN(run, 1, "2 of 3 clips could not be compared");
    for (const char* said : {"click: the source is 0.030 s long", "page.wav: is a web page", "._A.WAV"})
      QVERIFY2(run.err.contains(said), run.err);
    const auto report = run.json();
    QCOMPARE(report["clips"].toArray().size(), 1);
    QCOMPARE(report["clips"][0].toObject()["name"].toString(), "A");
    QCOMPARE(report["skipped"].toArray().size(), 2);
    QCOMPARE(report["skipped"][0].toObject()["name"].toString(), "click");
    QCOMPARE(report["skipped"][1].toObject()["name"].toString(), "page");
    QVERIFY(report["warnings"][0].toString().contains("passed over 1 that is no sound: ._A.WAV"));
    QFile::remove(clip("A.WAV"));
    COMPARE_RUN(run_octet({"compare", kDemoCheckpoint, "--plan", "all-base", "--plan", "seed", "--clips",
                           in("clips")}),
                3, "none of the 2 clips in");
  }

  void figures_that_do_not_mean_what_they_seem_to_are_warned_of() {
    write_tones(in("right.wav"), 16000, 2, 1);  // two tones: alike only where it lies
    auto bytes = read_bytes(at("right.wav"));
    bytes.erase(44, 37 * 4);
    for (std::size_t i = 44; i + 1 < bytes.size(); i += 2) {
      std::int16_t sample;
      std::memcpy(&sample, bytes.data() + i, sizeof sample);
      sample = static_cast<std::int16_t>(-sample);
      std::memcpy(bytes.data() + i, &sample, sizeof sample);
    }
    const std::uint32_t length = static_cast<std::uint32_t>(bytes.size() - 44);
    std::memcpy(bytes.data() + 40, &length, sizeof length);
    write_bytes(at("inverted.wav"), bytes);
    const auto run = run_octet({"measure", in("right.wav"), in("inverted.wav"), "--json"});
    COMPARE_RUN(run, 0, "The test is 37 samples (2.31 ms) early and inverted");
    QVERIFY2(run.err.contains("The lengths differ") && run.err.contains("The mean of the channels"), run.err);
    QCOMPARE(run.json()["warnings"].toArray().size(), 3);
    const auto alignment = run.json()["alignment"].toObject();
    QCOMPARE(alignment["lag_samples"].toInt(), -37);
    QVERIFY(alignment["inverted"].toBool());
    const auto table = run_octet({"measure", in("right.wav"), in("inverted.wav"), "--quiet"});
    QVERIFY2(table.err.contains("37 samples (2.31 ms) early"),
             table.err);  // no note, so it is said all the same
    QVERIFY2(table.out.contains("aligned"), table.out);
  }

 private:
  QString in(const char* name) const { return here(folder_, name); }
  std::filesystem::path at(const char* name) const { return path_of(in(name)); }

  /// Ten tokens with this conditioning.
  Outcome spoken_by(const char* voice) const {
    return run_octet({"synth", kDemoCheckpoint, "--tokens", in("tokens"), "--conds", in(voice), "--steps",
                      "1", "--json", "-o", in("out.wav")});
  }

  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestDoubtfulInput)
#include "test_doubtful_input.moc"
