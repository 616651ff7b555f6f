// Plans are judged from the window: which set, which plans, where to, and what comes of it.

#include <QCheckBox>
#include <QCryptographicHash>
#include <QDesktopServices>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>
#include <QUrl>
#include <nlohmann/json.hpp>

#include "core/resources.h"
#include "tests/checkpoint/tensor_files.h"
#include "tests/cli/octet_process.h"
#include "tests/ui/workbench/answer.h"
#include "tests/ui/workbench/opened.h"
#include "tests/ui/workbench/started.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/validation/set_view.h"
#include "ui/validation/validate_dialog.h"
#include "ui/workbench/workbench.h"

using namespace octet;
using namespace octet::ui;
using octet::test::content;
using octet::test::kDemoCheckpoint;
using octet::test::kPatience;
using octet::test::opened;
using octet::test::run_octet;

namespace {

QString demo_clips() { return QString::fromStdString((demo_voice_folder() / "clips").string()); }

}  // namespace

class ValidatingTest : public QObject {
  Q_OBJECT

 public:
  /// In the browser's place.
  Q_INVOKABLE void see(const QUrl& url) { seen_ = url; }

 private:
  QUrl seen_;

 private Q_SLOTS:
  void a_set_is_shown_with_what_it_lacks() {
    JobRunner lane;
    SetView view(lane);
    const auto* clips = view.findChild<QTreeWidget*>("setClips");
    const auto label = [&](const char* name) { return view.findChild<QLabel*>(name)->text(); };
    view.setFolder(demo_voice_folder() / "clips");
    QTRY_COMPARE(clips->topLevelItemCount(), 22);
    QCOMPARE(clips->topLevelItem(0)->text(0), "ref00_en_f_nora.wav");
    QCOMPARE(clips->topLevelItem(0)->text(2), "f_nora");
    QVERIFY2(label("setSummary").startsWith("demo: "), qPrintable(label("setSummary")));
    QVERIFY2(label("setLacks").startsWith("It lacks: "), qPrintable(label("setLacks")));

    QTemporaryDir folder;
    view.setFolder(folder.path().toStdString());
    QTRY_VERIFY(label("setSummary").startsWith("No reference set"));
    QCOMPARE(clips->topLevelItemCount(), 0);
    QVERIFY(label("setLacks").isEmpty());
    octet::test::write_bytes(folder.filePath("set.json").toStdString(), "{");
    view.setFolder(folder.path().toStdString());
    QTRY_VERIFY2(label("setSummary").contains("set.json"), qPrintable(label("setSummary")));
  }

  void plans_are_judged_and_the_report_is_written() {
    const auto workbench = opened();
    QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkdir("set"));
    QVERIFY(QFile::copy(demo_clips() + "/ref00_en_f_nora.wav", folder.filePath("set/one.wav")));
    ValidationRequest request{.set = folder.filePath("set").toStdString(),
                              .plans = {{"mine", workbench->planSlots()[1].editor->plan()}},
                              .report = folder.filePath("r.html").toStdString()};
    QSignalSpy validated(workbench.get(), &Workbench::validated);
    QSignalSpy noticed(workbench.get(), &Workbench::noticed);
    workbench->validate(request);
    QVERIFY(validated.wait(kPatience));
    QCOMPARE(validated[0][0].toString(), folder.filePath("r.html"));
    // One clip is no ground for a verdict, which is said.
    QVERIFY(noticed.last()[0].toString().contains("\nmine: listen to it, undecided by 20 of 20 measures\n"));
    QVERIFY(noticed.last()[0].toString().contains("1 clips are too few"));
    const auto result = content(folder.filePath("r.json"));
    const auto json = nlohmann::json::parse(result.toStdString());
    QCOMPARE(json.at("plans").size(), std::size_t(3));  // and the control
    QCOMPARE(json.at("plans")[1].at("plan"), "mine");
    QCOMPARE(json.at("subject").at("steps"), 1);
    QVERIFY(content(folder.filePath("r.html")).count("\"pcm16\"") == 5);
    QVERIFY(noticed.last()[0].toString().contains(
        "The control, made bad on purpose, could not be found: 1 clips"));
    QCOMPARE(noticed.last()[0].toString().count("control"), 1);

    // It goes on where it was left, which is the end; of another study it is refused.
    workbench->validate(request);
    QVERIFY(validated.wait(kPatience));
    QCOMPARE(content(folder.filePath("r.json")), result);
    QSignalSpy problem(workbench.get(), &Workbench::problem);
    request.plans[0].name = "another";
    workbench->validate(request);
    QVERIFY(problem.wait(kPatience));
    QVERIFY2(problem[0][0].toString().contains("of another study"), qPrintable(problem[0][0].toString()));
    QCOMPARE(content(folder.filePath("r.json")), result);
  }

  /// The control included, and without it.
  void a_result_is_that_of_the_command_line() {
    const auto workbench = opened();
    QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkdir("set"));
    QVERIFY(QFile::copy(demo_clips() + "/ref00_en_f_nora.wav", folder.filePath("set/one.wav")));
    for (const bool control : {true, false}) {
      const auto name = control ? QString("with") : QString("without");
      QSignalSpy validated(workbench.get(), &Workbench::validated);
      workbench->validate({.set = folder.filePath("set").toStdString(),
                           .plans = {{"seed", preset("seed", Precision::bf16, false)}},
                           .report = folder.filePath(name + ".html").toStdString(),
                           .control = control});
      QVERIFY(validated.wait(kPatience));
      QStringList command{"validate",  kDemoCheckpoint,
                          "--set",     folder.filePath("set"),
                          "--plan",    "seed",
                          "--steps",   "1",
                          "--device",  "cpu",
                          "--threads", "1",
                          "-o",        folder.filePath("command-" + name + ".json")};
      if (!control) command << "--no-control";
      COMPARE_RUN(run_octet(command), 0, "");
      const auto result = content(folder.filePath(name + ".json"));
      QCOMPARE(result.contains("\"control: "), control);
      QCOMPARE(result, content(folder.filePath("command-" + name + ".json")));
    }
  }

  void the_report_opens_in_the_browser() {
    octet::test::Started started;
    QDesktopServices::setUrlHandler("file", this, "see");
    Q_EMIT started.workbench().validated(started.home.filePath("r.html"));
    QDesktopServices::unsetUrlHandler("file");
    QCOMPARE(seen_, QUrl::fromLocalFile(started.home.filePath("r.html")));
  }

  void what_it_came_to_is_said_with_its_plan() {
    octet::test::Started started;
    auto& workbench = started.workbench();
    workbench.openDemo();
    TRY(workbench.checkpoint() != nullptr);
    started.hurry();
    const QDir home(started.home.path());
    QVERIFY(home.mkdir("set") &&
            QFile::copy(demo_clips() + "/ref00_en_f_nora.wav", home.filePath("set/one.wav")));
    auto plan = workbench.planSlots()[1].editor->plan();
    plan.name = "another name";
    QDesktopServices::setUrlHandler("file", this, "see");
    QSignalSpy validated(&workbench, &Workbench::validated);
    workbench.validate({.set = home.filePath("set").toStdString(),
                        .plans = {{"mine", plan}},
                        .report = home.filePath("r.html").toStdString(),
                        .control = false});
    QVERIFY(validated.wait(kPatience));
    QDesktopServices::unsetUrlHandler("file");

    const QString said("Validated on 1 clips: listen to it, undecided by 20 of 20 measures");
    workbench.setCurrentSlot(1);
    const auto sound = [&] {
      const std::unique_ptr<QWidget> dialog(started.window.exportPlan());
      return dialog->findChild<QLabel*>("exportSound")->text();
    };
    QVERIFY2(sound().contains(said), qPrintable(sound()));
    const std::unique_ptr<ExportDialog> dialog(started.window.exportPlan());
    dialog->setFile(home.filePath("e.safetensors"));
    dialog->setComponents({"mel2wav"});
    dialog->findChild<QCheckBox*>("exportCardToo")->click();
    dialog->start();
    TRY(QFile::exists(home.filePath("e.md")));
    const auto hash = QCryptographicHash::hash(content(home.filePath("r.json")), QCryptographicHash::Sha256);
    QVERIFY(content(home.filePath("e.md")).contains(hash.toHex()));

    workbench.synthesize();
    const auto* verdict = started.window.findChild<QLabel*>("verdict");
    TRY(verdict->isVisible());
    QVERIFY2(verdict->text().startsWith("~  " + said), qPrintable(verdict->text()));
    started.window.modelTree().revealLayer("mel2wav.ups.0");
    started.window.modelTree().choose(Precision::fp32);
    QVERIFY2(!sound().contains("Validated"), qPrintable(sound()));
    QVERIFY(!verdict->text().contains("Validated"));
    workbench.editor()->undoStack()->undo();
    QVERIFY2(sound().contains(said), qPrintable(sound()));
  }

  void the_dialog_asks_for_what_is_there_and_replaces_nothing_unasked() {
    JobRunner lane;
    const auto checkpoint = Checkpoint::open(demo_voice_folder() / "s3gen_demo.safetensors");
    const std::vector<StudyPlan> plans{{"A: seed", preset("seed", Precision::bf16, false)},
                                       {"B: fp32", preset("all-base", Precision::fp32, false)}};
    ValidateDialog dialog(plans, *checkpoint, lane);
    const auto line = [&](const char* name) { return dialog.findChild<QLineEdit*>(name); };
    auto* start = dialog.findChild<QPushButton*>("startValidation");
    std::vector<ValidationRequest> asked;
    connect(&dialog, &ValidateDialog::asked, this,
            [&](const ValidationRequest& request) { asked.push_back(request); });
    dialog.show();
    QCOMPARE(line("validationSet")->text(), demo_clips());
    QTRY_COMPARE(dialog.findChild<QTreeWidget*>("setClips")->topLevelItemCount(), 22);
    line("validationPlace")->setText({});
    QVERIFY(!start->isEnabled());
    QTemporaryDir folder;
    octet::test::write_bytes(folder.filePath("r.html").toStdString(), "somebody's");
    line("validationPlace")->setText(folder.filePath("r.html"));
    {
      const octet::test::Answer no(QMessageBox::No);
      start->click();
      QCOMPARE(no.asked(), 1);
      QVERIFY(asked.empty() && dialog.isVisible());
    }
    const octet::test::Answer yes(QMessageBox::Yes);
    start->click();
    QCOMPARE(asked.size(), 1u);
    QVERIFY(asked[0].set == demo_clips().toStdString());
    QCOMPARE(asked[0].plans.size(), plans.size());
    QCOMPARE(asked[0].plans[1].name, std::string("B: fp32"));
    QVERIFY(asked[0].control);
    dialog.show();
    dialog.findChild<QCheckBox*>("withControl")->click();
    dialog.findChild<QRadioButton*>("ofComponents")->click();
    start->click();
    QCOMPARE(asked.size(), 2u);
    QVERIFY(asked[1].plans.empty() && !asked[1].control);
  }
};

QTEST_MAIN(ValidatingTest)
#include "test_validating.moc"
