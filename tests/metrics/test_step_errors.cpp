#include <QtTest>
#include <cmath>

#include "core/metrics/step_errors.h"

using namespace octet;

namespace {

HostTensor tensor(const Shape& shape, float value) {
  return {shape, std::vector<float>(static_cast<std::size_t>(element_count(shape)), value)};
}

/// Two Euler steps; two of five frames are the prompt's.
HostTensors stages() {
  return {{"encoder_out", tensor({1, 5, 2}, 2)}, {"mel_step_1", tensor({1, 2, 5}, 1)},
          {"mel_step_2", tensor({1, 2, 5}, 1)},  {"mel", tensor({1, 2, 3}, 1)},
          {"f0", tensor({1, 3}, 100)},           {"source", tensor({1, 1, 12}, 0.5f)},
          {"waveform", tensor({1, 12}, 0.25f)},  {"speech_tokens", {{1, 1}, std::vector<std::int64_t>{4}}}};
}

float& value(HostTensors& all, const std::string& stage, std::size_t index) {
  return std::get<std::vector<float>>(all.at(stage).values).at(index);
}

double error_of(const std::vector<StageError>& errors, const std::string& stage) {
  const auto found =
      std::find_if(errors.begin(), errors.end(), [&](const auto& e) { return e.stage == stage; });
  return found == errors.end() ? std::nan("") : found->relative;
}

}  // namespace

class TestStepErrors : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equal_runs_have_no_error_at_any_stage() {
    const auto errors = step_errors(stages(), stages());
    QCOMPARE(errors.size(), std::size_t(6));
    QCOMPARE(errors.front().stage, std::string("encoder_out"));
    QCOMPARE(errors.back().stage, std::string("waveform"));
    for (const auto& error : errors) QCOMPARE(error.relative, 0.0);
  }

  // A gain of 1.1 in the whole stage is 10 %.
  void an_error_is_relative_and_of_its_stage_alone() {
    auto test = stages();
    for (std::size_t i = 0; i < 10; ++i) value(test, "mel_step_2", i) = 1.1f;
    const auto errors = step_errors(stages(), test);
    QVERIFY(std::abs(error_of(errors, "mel_step_2") - 0.1) < 1e-7);
    QCOMPARE(error_of(errors, "mel_step_1"), 0.0);
  }

  // Frames 0 and 1 are the prompt's, in both layouts: [1, frames, channels] and [1, channels, frames].
  void the_prompt_does_not_count() {
    auto test = stages();
    value(test, "encoder_out", 3) = 9;  // frame 1, channel 1
    value(test, "mel_step_1", 6) = 9;   // channel 1, frame 1
    QCOMPARE(error_of(step_errors(stages(), test), "encoder_out"), 0.0);
    QCOMPARE(error_of(step_errors(stages(), test), "mel_step_1"), 0.0);
    value(test, "encoder_out", 4) = 3;  // frame 2, channel 0: 1 of six values of 2
    value(test, "mel_step_1", 2) = 2;   // channel 0, frame 2: 1 of six values of 1
    QVERIFY(std::abs(error_of(step_errors(stages(), test), "encoder_out") - std::sqrt(1 / 24.0)) < 1e-9);
    QVERIFY(std::abs(error_of(step_errors(stages(), test), "mel_step_1") - std::sqrt(1 / 6.0)) < 1e-9);
  }

  void what_cannot_be_compared_is_left_out() {
    auto test = stages();
    test["mel_step_3"] = tensor({1, 2, 5}, 1);  // other steps are other times
    test["waveform"] = tensor({1, 11}, 1);
    test.erase("f0");
    auto reference = stages();
    reference["source"] = tensor({1, 1, 12}, 0);
    const auto errors = step_errors(reference, test);
    QCOMPARE(errors.size(), std::size_t(1));
    QCOMPARE(errors.front().stage, std::string("encoder_out"));
    QVERIFY(step_errors({}, stages()).empty());
  }
};

QTEST_GUILESS_MAIN(TestStepErrors)
#include "test_step_errors.moc"
