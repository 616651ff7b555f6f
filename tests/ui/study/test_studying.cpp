// A sensitivity study from the window: of which layers, and what comes of it, also where it was stopped.

#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QRadioButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTreeView>
#include <QtTest>
#include <cmath>

#include "core/plan/glob.h"
#include "core/resources.h"
#include "core/study/sensitivity_file.h"
#include "tests/cli/octet_process.h"
#include "tests/demo_voice.h"
#include "tests/ui/workbench/opened.h"
#include "ui/jobs/jobs_panel.h"
#include "ui/study/layer_scope.h"
#include "ui/study/sensitivity_dialog.h"
#include "ui/workbench/workbench.h"

using namespace octet;
using namespace octet::test;
using namespace octet::ui;

namespace {

/// Of the first demo clip's first half second.
SensitivityRequest request_of(const Workbench& workbench, const std::string& layers, const QString& result) {
  return {.name = "some layers",
          .clips = {workbench.clips().at(0)},
          .seconds = 0.5,
          .layers = layers,
          .result = result.toStdString()};
}

std::vector<std::string> matched(const std::string& pattern) {
  const Glob glob(pattern);
  std::vector<std::string> names;
  for (const auto& layer : demo_checkpoint()->layers())
    if (layer.quantizable() && glob.matches(layer.name)) names.push_back(layer.name);
  return names;
}

}  // namespace

class StudyingTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  QString in(const char* name) const { return folder_.filePath(name); }

 private Q_SLOTS:
  void a_glob_matches_what_is_meant_and_nothing_else_in_few_words() {
    const auto& table = demo_checkpoint()->layers();
    auto names = matched("{mel2wav.ups.*,flow.encoder_proj,mel2wav.resblocks.0.*}");
    QVERIFY(names.size() > 5);
    QCOMPARE(QString::fromStdString(glob_of(table, names)),
             "{flow.encoder_proj,mel2wav.resblocks.0.*,mel2wav.ups.*}");
    names.pop_back();  // no longer all of that path
    QCOMPARE(matched(glob_of(table, names)), names);
    QCOMPARE(glob_of(table, matched("mel2wav.*")), std::string("mel2wav.*"));
    QCOMPARE(glob_of(table, {"mel2wav.conv_pre"}), std::string("mel2wav.conv_pre"));
  }

  void what_can_be_studied_are_all_layers_each_component_and_what_the_tree_shows() {
    const auto& table = demo_checkpoint()->layers();
    const auto scopes = layer_scopes(table, matched("mel2wav.ups.*"));
    QCOMPARE(scopes.front().glob, std::string("*"));
    QCOMPARE(scopes.front().layers, static_cast<int>(matched("*").size()));
    QCOMPARE(scopes.back().glob, std::string("mel2wav.ups.*"));
    QVERIFY(scopes.back().shown);
    const auto flow = std::ranges::find(scopes, "flow.*", &LayerScope::glob);
    QVERIFY(flow != scopes.end());
    QCOMPARE(flow->layers, static_cast<int>(matched("flow.*").size()));
    QCOMPARE(layer_scopes(table, {}).size(), scopes.size() - 1);
  }

  /// The same file as the command line's, to the byte, and the tree has its figures.
  void a_study_is_that_of_the_command_line() {
    const auto workbench = opened();
    QSignalSpy shown(workbench.get(), &Workbench::studyShown);
    workbench->studySensitivity(
        request_of(*workbench, "{flow.encoder_proj,mel2wav.conv_p*}", in("window.json")));
    QVERIFY(shown.wait(kPatience));
    const auto& study = workbench->study().value();
    QCOMPARE(study.study->layers.size(), std::size_t{3});
    const auto& table = workbench->checkpoint()->layers();
    for (const auto& entry : study.study->layers) {
      const auto found = std::ranges::find(table, entry.layer, &Layer::name);
      QVERIFY(entry.damage > 0);
      QCOMPARE(study.layers.damages.at(static_cast<std::size_t>(found - table.begin())),
               static_cast<float>(entry.damage));
    }
    QVERIFY(QDir(folder_.path()).mkdir("clips"));
    const auto clip = QString::fromStdString(workbench->clips()[0].path.string());
    QVERIFY(QFile::copy(clip, in("clips/") + QFileInfo(clip).fileName()));
    COMPARE_RUN(run_octet({"study", "sensitivity", kDemoCheckpoint, "--clips", in("clips"), "--seconds",
                           "0.5", "--layers", "{flow.encoder_proj,mel2wav.conv_p*}", "--steps", "1",
                           "--device", "cpu", "--threads", "1", "-o", in("command.json")}),
                0, "");
    QCOMPARE(content(in("window.json")), content(in("command.json")));
  }

  /// As it is left by a cancel (study_test_sensitivity).
  void one_that_was_stopped_goes_on_to_the_same_bytes() {
    const auto workbench = opened();
    QSignalSpy shown(workbench.get(), &Workbench::studyShown);
    QSignalSpy noticed(workbench.get(), &Workbench::noticed);
    const auto asked = request_of(*workbench, "mel2wav.conv_p*", in("s.json"));
    workbench->studySensitivity(asked);
    QVERIFY(shown.wait(kPatience));
    const auto whole = content(in("s.json"));
    auto half = parse_sensitivity(whole.toStdString(), "s");
    half.layers.pop_back();
    write_bytes(path_of(in("s.json")), to_json(half));
    workbench->studySensitivity(asked);
    QVERIFY(shown.wait(kPatience));
    QCOMPARE(content(in("s.json")), whole);
    QVERIFY(noticed.last()[0].toString().contains("measuring took"));
    workbench->studySensitivity(asked);  // which is done by now
    QVERIFY(shown.wait(kPatience));
    QCOMPARE(content(in("s.json")), whole);
    QVERIFY(!noticed.last()[0].toString().contains("measuring took"));
    QVERIFY(!QFile::exists(in("s.json.lock")));
  }

  /// On the × of its row among the jobs, in the midst of it.
  void one_that_is_cancelled_by_a_click_goes_on_to_the_same_bytes() {
    const auto workbench = opened();
    QSignalSpy shown(workbench.get(), &Workbench::studyShown);
    const auto* layers = "mel2wav.resblocks.*";
    workbench->studySensitivity(request_of(*workbench, layers, in("whole.json")));
    QVERIFY(shown.wait(kPatience));

    auto& lane = workbench->lanes().device;
    JobsPanel panel;
    panel.model().watch(lane);
    panel.resize(800, 300);
    panel.show();
    QVERIFY(QTest::qWaitForWindowExposed(&panel));
    std::vector<JobEnd> ends;
    connect(&lane, &JobRunner::ended, this, [&](JobRunner::Id, const JobEnd& end) { ends.push_back(end); });
    bool clicked = false;
    connect(&lane, &JobRunner::progressed, this, [&](JobRunner::Id, const Progress& at) {
      if (clicked || at.stage != "measuring layers" || at.done < 2) return;
      clicked = true;
      auto& table = *panel.findChild<QTreeView*>("jobs");
      const auto cross = table.visualRect(panel.model().index(0, JobsModel::kCancel)).center();
      QTest::mouseClick(table.viewport(), Qt::LeftButton, {}, cross);
    });
    const auto asked = request_of(*workbench, layers, in("parts.json"));
    workbench->studySensitivity(asked);
    QTRY_COMPARE_WITH_TIMEOUT(ends.size(), std::size_t{1}, kPatience);
    QVERIFY(clicked && ends[0].cancelled());
    QCOMPARE(panel.model().index(0, JobsModel::kStage).data().toString(), QString("cancelled"));
    QCOMPARE(shown.size(), 1);
    const auto whole = parse_sensitivity(content(in("whole.json")).toStdString(), "whole");
    const auto kept = parse_sensitivity(content(in("parts.json")).toStdString(), "parts");
    QVERIFY(kept.layers.size() >= 2 && kept.layers.size() < whole.layers.size());

    std::vector<int> done;
    connect(&lane, &JobRunner::progressed, this, [&](JobRunner::Id, const Progress& at) {
      if (at.stage == "measuring layers") done.push_back(at.done);
    });
    workbench->studySensitivity(asked);
    QVERIFY(shown.wait(kPatience));
    QCOMPARE(content(in("parts.json")), content(in("whole.json")));
    QVERIFY(!done.empty() && done.front() >= static_cast<int>(kept.layers.size()));
  }

  void a_file_of_something_else_is_left_as_it_is() {
    const auto workbench = opened();
    QSignalSpy problem(workbench.get(), &Workbench::problem);
    for (const QByteArray& text :
         {QByteArray("{\"mine\": 1}"), QByteArray("{\"format\": \"octet-sensitivity\", \"version\": 1, "
                                                  "\"subject\": {}, \"layers\": []}")}) {
      write_bytes(path_of(in("other.json")), text.toStdString());
      problem.clear();
      workbench->studySensitivity(request_of(*workbench, "mel2wav.conv_pre", in("other.json")));
      QVERIFY(problem.wait(kPatience));
      QVERIFY2(problem[0][0].toString().contains("other.json"), qPrintable(problem[0][0].toString()));
      QCOMPARE(content(in("other.json")), text);
    }
    QVERIFY(!workbench->study());
  }

  void layers_are_estimated_where_that_is_asked() {
    const auto workbench = opened();
    QSignalSpy shown(workbench.get(), &Workbench::studyShown);
    QSignalSpy noticed(workbench.get(), &Workbench::noticed);
    auto asked = request_of(*workbench, "mel2wav.conv_p*", in("fast.json"));
    asked.effort = Effort::fast;
    workbench->studySensitivity(asked);
    QVERIFY(shown.wait(kPatience));
    QVERIFY(workbench->study()->study->subject.question.fast);
    QVERIFY(noticed.last()[0].toString().contains("estimated"));
    QVERIFY(content(in("fast.json")).contains("mel2wav.conv_post"));
  }

  void the_dialog_asks_for_what_was_chosen() {
    std::vector<Clip> clips;
    for (const auto* name : {"a", "b", "c", "d"}) clips.push_back({name, name});
    SensitivityDialog dialog(*demo_checkpoint(), clips,
                             layer_scopes(demo_checkpoint()->layers(), {"mel2wav.conv_pre"}));
    std::vector<SensitivityRequest> asked;
    connect(&dialog, &SensitivityDialog::asked, this,
            [&](const SensitivityRequest& request) { asked.push_back(request); });
    dialog.show();
    auto* list = dialog.findChild<QListWidget*>("studyClips");
    auto* start = dialog.findChild<QPushButton*>("startStudy");
    for (int row = 0; row < 3; ++row) list->item(row)->setCheckState(Qt::Unchecked);
    QVERIFY(!start->isEnabled());
    list->item(3)->setCheckState(Qt::Checked);
    dialog.findChild<QLineEdit*>("studyPlace")->clear();
    QVERIFY(!start->isEnabled());
    dialog.findChild<QLineEdit*>("studyPlace")->setText(in("s.json"));
    dialog.findChild<QRadioButton*>("fast")->click();
    QVERIFY(!dialog.findChild<QWidget*>("studyBase")->isEnabled());
    start->click();
    QCOMPARE(asked.size(), std::size_t{1});
    QCOMPARE(asked[0].clips, std::vector<Clip>{clips[3]});
    QCOMPARE(asked[0].layers, std::string("mel2wav.conv_pre"));  // what the tree shows comes first
    QCOMPARE(asked[0].seconds, 1.5);
    QVERIFY(asked[0].effort == Effort::fast && asked[0].base == Precision::fp32);
    QCOMPARE(asked[0].result, path_of(in("s.json")));
  }
};

QTEST_MAIN(StudyingTest)
#include "test_studying.moc"
