// The risks, on short clips of the demo voice.

#include <ATen/ATen.h>

#include <QtTest>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/study/damage.h"
#include "core/study/risk.h"
#include "core/study/risk_clips.h"
#include "tests/demo_voice.h"

using namespace octet;
using namespace octet::test;

class TestRisk : public QObject {
  Q_OBJECT

  static ResolvedPlan resolved(std::string_view preset_name, Precision base) {
    return resolve(plan_of(preset_name, base), demo_checkpoint()->layers());
  }

  const Engine engine_{demo_checkpoint(), {.threads = 1}};
  const ResolvedPlan nothing_ = resolved("all-base", Precision::fp32),
                     seed_ = resolved("seed", Precision::bf16);

  static std::vector<ComparisonClip> clips() { return {{"one", spoken(12)}, {"two", spoken(9)}}; }

 private Q_SLOTS:
  void fp32_has_no_error_of_steps() {
    const auto risk = risk_of_steps(engine_, nothing_, {clips()[1]}, {});
    QCOMPARE(risk.courses.size(), std::size_t(4));
    for (const auto& course : risk.courses) {
      QCOMPARE(course.plan, std::vector<double>(static_cast<std::size_t>(course.steps), 0.0));
      QCOMPARE(course.plan.size(), course.bf16.size());
      QVERIFY(course.bf16.back() > 0);
    }
    for (const auto& window : risk.windows) QCOMPARE(window.error, 0.0);
    QCOMPARE(risk.guidance.size(), std::size_t(10));
    for (const auto& step : risk.guidance) QVERIFY(step.conditional == 0 && step.guided == 0);
  }

  /// The estimator in all ten steps is the plan, where nothing else is in it: the trajectory made step by
  /// step is the synthesis's own, to the bit.
  void a_plan_has_its_errors_where_it_is() {
    auto plan = plan_of("all-base", Precision::fp32);
    plan.rules.push_back(
        {.match = "flow.decoder.estimator.*.ff.*", .choice = {.precision = Precision::int8}});
    const auto risk = risk_of_steps(engine_, resolve(plan, demo_checkpoint()->layers()), {clips()[1]}, {});
    const auto whole = risk.courses[2].plan.back();
    QVERIFY(whole > 0);
    QVERIFY(risk.windows.back().error == whole);
    double sum = 0;
    for (std::size_t i = 0; i + 1 < risk.windows.size(); ++i) sum += risk.windows[i].error;
    // The triangle's inequality, to a tenth for what errors do to each other.
    QVERIFY2(sum > 0.9 * whole, qPrintable(QString("%1 of %2").arg(sum).arg(whole)));
    for (const auto& step : risk.guidance) QVERIFY(step.conditional > 0 && step.blank > 0 && step.guided > 0);
    QVERIFY(!risk.blamed.empty() && risk.blamed.size() <= 5);
    for (std::size_t i = 1; i < risk.blamed.size(); ++i)
      QVERIFY(risk.blamed[i - 1].error >= risk.blamed[i].error);
    for (const auto& [part, error] : risk.blamed) QVERIFY(part.starts_with("flow.decoder.estimator."));
    QVERIFY(to_table(risk).find(risk.blamed[0].part) != std::string::npos);
  }

  void errors_of_the_vocoders_end_are_those_of_its_parts() {
    const auto none = risk_of_istft(engine_, nothing_, clips(), {});
    QCOMPARE(none.plan.before, 0.0);
    QCOMPARE(none.plan.waveform, 0.0);
    QCOMPARE(none.plan.phase, 0.0);
    QVERIFY(none.bf16.waveform > 0);
    const auto risk = risk_of_istft(engine_, seed_, clips(), {});
    QVERIFY(risk.plan.before > 0 && risk.plan.magnitude > 0 && risk.plan.phase > 0 && risk.plan.waveform > 0);
    QVERIFY(risk.plan.before > none.bf16.before / 2);
    QCOMPARE(risk.plan.amplification(), risk.plan.waveform / risk.plan.before);
    QCOMPARE(risk.worst.size(), std::size_t(5));
    QVERIFY(risk.worst[0].error >= risk.worst[4].error);
    for (const auto& one : risk.worst)
      for (const auto& other : risk.worst)  // nearer ones are one moment
        QVERIFY(&one == &other || one.clip != other.clip || std::abs(one.seconds - other.seconds) > 0.0499);
    const auto json = nlohmann::json::parse(to_json(risk));
    QCOMPARE(json.at("risk"), "istft");
    QVERIFY(QByteArray::fromStdString(to_table(risk)).contains("\nworst: "));
  }

  void a_noise_floor_is_told_where_ears_are() {
    const std::vector<ComparisonClip> clip{{"long", spoken(40)}};
    const auto risk = risk_of_noise(engine_, nothing_, clip, 65, {});
    QCOMPARE(risk.bands.size(), std::size_t(18));
    const auto& band = risk.bands[12];  // 3162 Hz, where the threshold is least
    QVERIFY(band.marked && !risk.bands[0].marked && !risk.bands[17].marked);
    // Terhardt's formula, by hand: 3.64 * 3.162^-0.8 - 6.5 * exp(-0.6 * 0.138^2) + 0.001 * 3.162^4.
    QVERIFY2(std::abs(band.threshold - (-4.877)) < 0.001, qPrintable(QString::number(band.threshold)));
    for (const auto& each : risk.bands) QVERIFY(each.plan == each.reference);  // and none is undefined
    // Louder speech is louder noise.
    const auto louder = risk_of_noise(engine_, nothing_, clip, 75, {});
    QVERIFY(std::abs(louder.bands[12].plan - band.plan - 10) < 1e-9);
  }
};

QTEST_GUILESS_MAIN(TestRisk)
#include "test_risk.moc"
