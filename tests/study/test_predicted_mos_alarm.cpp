#include <QtTest>

#include "core/study/predicted_mos_alarm.h"
#include "core/study/take_spread.h"

using namespace octet;

namespace {

std::vector<Score> scores(double change) {
  return {{"predicted_mos_overall", 3 + change}, {"predicted_mos_change", change}};
}

/// What DistillMOS says beside it.
std::vector<Score> with_other(std::vector<Score> all, double change) {
  all.push_back({"predicted_mos_distilled", 3 + change});
  all.push_back({"predicted_mos_distilled_change", change});
  return all;
}

/// So many clips of a plan that changes by this much, and of another take that changes by that.
std::vector<PairedScores> clips(int count, double plan, double floor = 0) {
  return std::vector<PairedScores>(static_cast<std::size_t>(count), {scores(plan), scores(floor)});
}

}  // namespace

class TestPredictedMosAlarm : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void it_is_raised_where_chance_does_not_explain_the_fall() {
    // One clip: 1.645 spreads, the normal distribution's quantile of 0.95; four clips: half as much.
    const double spread = take_spread("predicted_mos_overall");
    QVERIFY(!predicted_mos_alarm("B", clips(1, -1.6 * spread), 1));
    QVERIFY(predicted_mos_alarm("B", clips(1, -1.7 * spread), 1));
    QVERIFY(!predicted_mos_alarm("B", clips(4, -0.8 * spread), 1));
    QVERIFY(predicted_mos_alarm("B", clips(4, -0.85 * spread), 1));
    // Two plans share the error: 1.96 spreads.
    QVERIFY(!predicted_mos_alarm("B", clips(1, -1.9 * spread), 2));
    QVERIFY(predicted_mos_alarm("B", clips(1, -2 * spread), 2));
  }

  void it_is_held_against_other_noise() {
    const double spread = take_spread("predicted_mos_overall");
    QVERIFY(!predicted_mos_alarm("B", clips(1, -3 * spread, -2 * spread), 1));
    // What does not fall is no alarm, however high the other take is.
    QVERIFY(!predicted_mos_alarm("B", clips(1, 0.01, 5 * spread), 1));
    QVERIFY(!predicted_mos_alarm("B", clips(1, 5 * spread), 1));
  }

  /// Two networks share the error, as two plans do: 1.96 spreads.
  void it_is_raised_by_either_network() {
    const double spread = take_spread("predicted_mos_distilled");
    const auto alarm = [&](double overall, double distilled) {
      return predicted_mos_alarm(
          "B", std::vector<PairedScores>{{with_other(scores(overall), distilled), with_other(scores(0), 0)}},
          1);
    };
    QVERIFY(!alarm(0, -1.9 * spread));
    const auto by_distillmos = alarm(0, -2 * spread);
    QVERIFY(by_distillmos && by_distillmos->find("DistillMOS") != std::string::npos);
    QVERIFY(by_distillmos->find("DNSMOS") == std::string::npos);
    QVERIFY(!alarm(-1.9 * take_spread("predicted_mos_overall"), 0));
    const auto by_both = alarm(-2, -2);
    QVERIFY(by_both && by_both->find("DNSMOS") < by_both->find("DistillMOS"));
  }

  void without_predictions_there_is_none() {
    QVERIFY(!predicted_mos_alarm("B", {}, 1));
    QVERIFY(!predicted_mos_alarm("B", std::vector<PairedScores>{{{{"snr", 1}}, {{"snr", 1}}}}, 1));
  }

  void a_report_has_one_for_each_run_that_falls() {
    const double spread = take_spread("predicted_mos_overall");
    Report report;
    report.runs = {{"A", "all-base", {}}, {"B", "seed", {}}, {"C", "all-int8", {}}};
    report.clips = {{"one",
                     3,
                     {{"A, other noise", scores(0.04)}},
                     {{{}, {}}, {{}, scores(0.02)}, {{}, scores(-4 * spread)}}}};
    const auto alarms = predicted_mos_alarms(report);
    QCOMPARE(alarms.size(), std::size_t(1));
    const QByteArray said(alarms.front().c_str());
    QVERIFY2(said.startsWith("C: the predicted MOS changes by -") &&
                 said.contains("by other noise alone by +0.04") && said.contains("no part of a verdict"),
             said.constData());
  }
};

QTEST_GUILESS_MAIN(TestPredictedMosAlarm)
#include "test_predicted_mos_alarm.moc"
