// A calibration is made in the window, taken by its plans, and kept with the session.

#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

#include "core/resources.h"
#include "tests/calibration_with.h"
#include "tests/ui/workbench/answer.h"
#include "tests/ui/workbench/opened.h"
#include "ui/workbench/calibrate_dialog.h"

using namespace octet;
using octet::test::kPatience;
using octet::test::opened;
using namespace octet::ui;

namespace {

constexpr auto kLayer = "mel2wav.conv_pre";

std::size_t index_of_layer(const Workbench& workbench) {
  const auto& layers = workbench.checkpoint()->layers();
  return static_cast<std::size_t>(std::ranges::find(layers, kLayer, &Layer::name) - layers.begin());
}

Recipe effective(const Workbench& workbench, std::size_t slot) {
  return workbench.planSlots().at(slot).editor->resolved().layers[index_of_layer(workbench)].effective;
}

void choose(Workbench& workbench, Method method, const std::string& options = {}) {
  workbench.editor()->choose({kLayer}, {.method = method, .options = options});
}

}  // namespace

class CalibratingTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void a_calibration_is_made_taken_and_kept_with_the_session() {
    const auto workbench = opened();
    choose(*workbench, Method::gptq);
    QVERIFY(effective(*workbench, 1).storage != Precision::int8);
    QTemporaryDir folder;
    const auto path = std::filesystem::path(folder.filePath("one.calibration").toStdString());
    QSignalSpy changed(workbench.get(), &Workbench::calibrationChanged);
    QSignalSpy noticed(workbench.get(), &Workbench::noticed);
    workbench->calibrate(
        {.name = "one clip", .clips = {workbench->clips().front()}, .folder = {}, .steps = 1, .path = path});
    QVERIFY(changed.wait(kPatience));
    QVERIFY(effective(*workbench, 1).method == Method::gptq);
    QCOMPARE(workbench->calibration()->origin().steps, 1);
    QCOMPARE(workbench->calibration()->origin().clips.size(), 1u);
    QTRY_VERIFY(noticed.size() == 1);
    QVERIFY2(noticed[0][0].toString().contains("one speaker"), qPrintable(noticed[0][0].toString()));
    workbench->setCurrentClip(0);
    workbench->synthesize();
    QTRY_VERIFY_WITH_TIMEOUT(noticed.size() == 2, kPatience);
    QVERIFY2(noticed[1][0].toString().contains("which favours its plans"),
             qPrintable(noticed[1][0].toString()));
    workbench->addSlot();
    QVERIFY(effective(*workbench, 2).method == Method::gptq);

    const auto session = workbench->session();
    QVERIFY(session.calibration == path);
    const auto document = document_of(session, "s.octet");
    QCOMPARE(document.calibration->sha256(), workbench->calibration()->sha256());
    QSignalSpy replaced(workbench.get(), &Workbench::documentReplaced);
    workbench->openDemo();
    QVERIFY(replaced.wait(kPatience));
    QVERIFY(!workbench->calibration());
    workbench->adopt(document);
    QVERIFY(effective(*workbench, 1).method == Method::gptq);
    // One that is not there is no reason to open nothing: its layers are as their base, and the place is
    // kept.
    std::filesystem::remove(path);
    workbench->adopt(document_of(session, "s.octet"));
    QVERIFY(effective(*workbench, 1).storage != Precision::int8);
    QVERIFY(workbench->session().calibration == path);
  }

  void one_of_another_checkpoint_is_refused_and_changes_nothing() {
    const auto workbench = opened();
    QTemporaryDir folder;
    const auto path = std::filesystem::path(folder.filePath("other.calibration").toStdString());
    (void)octet::test::calibration_with(path, {{kLayer, {1.0F}}}, std::string(64, 'a'));
    QSignalSpy problem(workbench.get(), &Workbench::problem);
    workbench->openCalibration(path);
    QVERIFY(problem.wait(kPatience));
    QVERIFY2(problem[0][0].toString().contains("is a calibration of the checkpoint with SHA-256 aaaa"),
             qPrintable(problem[0][0].toString()));
    QVERIFY(!workbench->calibration());
    auto session = workbench->session();
    session.calibration = path;
    QVERIFY_THROWS_EXCEPTION(Error, document_of(session, "s.octet"));
  }

  /// Groups have finer steps: 45.7 dB over the demo's layers, where plain rounding has 44.0
  /// (docs/methods.md).
  void weights_are_weighed_as_the_plan_makes_them() {
    Workbench workbench;
    QSignalSpy weighed(&workbench.weightErrors(), &WeightErrors::measured);
    workbench.openDemo();
    QVERIFY(weighed.wait(kPatience));
    const auto decibels = [&] {
      return weighed.last()[0].value<std::vector<float>>().at(index_of_layer(workbench));
    };
    const auto after = [&](Method method, const std::string& options) {
      choose(workbench, method, options);
      weighed.wait(kPatience);
      return decibels();
    };
    const auto plain = decibels();
    QVERIFY(std::isfinite(plain));
    QVERIFY(after(Method::weight_only, R"({"group":32})") > plain + 0.5F);
    QCOMPARE(after(Method::dynamic, ""), plain);
  }

  void the_dialog_asks_for_what_is_there_and_replaces_nothing_unasked() {
    const auto workbench = opened();
    CalibrateDialog dialog(*workbench);
    const auto line = [&](const char* name) { return dialog.findChild<QLineEdit*>(name); };
    const auto* start = dialog.findChild<QPushButton*>("startCalibration");
    std::vector<CalibrationRequest> asked;
    connect(&dialog, &CalibrateDialog::asked, this,
            [&](const CalibrationRequest& request) { asked.push_back(request); });
    dialog.show();
    QTemporaryDir folder;
    line("calibrationPlace")->setText({});
    QVERIFY(!start->isEnabled());
    line("calibrationPlace")->setText(folder.filePath("new.calibration"));
    QVERIFY(start->isEnabled());
    dialog.findChild<QRadioButton*>("ofFolder")->click();
    QVERIFY(!start->isEnabled());  // which?
    QTest::keyClicks(line("calibrationFolder"), folder.path());
    dialog.findChild<QSpinBox*>("calibrationSteps")->setValue(3);
    octet::test::write_bytes(folder.filePath("new.calibration").toStdString(), "somebody's");
    {
      const octet::test::Answer no(QMessageBox::No);
      dialog.findChild<QPushButton*>("startCalibration")->click();
      QCOMPARE(no.asked(), 1);
      QVERIFY(asked.empty() && dialog.isVisible());
    }
    const octet::test::Answer yes(QMessageBox::Yes);
    dialog.findChild<QPushButton*>("startCalibration")->click();
    QCOMPARE(asked.size(), 1u);
    QVERIFY(asked[0].clips.empty() && asked[0].folder == folder.path().toStdString());
    QCOMPARE(asked[0].steps, 3);
    QVERIFY(asked[0].path == folder.filePath("new.calibration").toStdString());
  }
};

QTEST_MAIN(CalibratingTest)
#include "test_calibrating.moc"
