// Risks in the window: what their pictures show, what is asked for, and the files they are written to.

#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QFile>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabBar>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>
#include <algorithm>
#include <cmath>

#include "core/audio/sound_file.h"
#include "core/resources.h"
#include "tests/cli/octet_process.h"
#include "tests/study/example_risks.h"
#include "tests/ui/plots/file_writer.h"
#include "tests/ui/workbench/opened.h"
#include "ui/document/file_kind.h"
#include "ui/risks/risk_view.h"
#include "ui/risks/risks_dialog.h"
#include "ui/workbench/workbench.h"

using namespace octet;
using namespace octet::ui;
using octet::test::example_risks;
using octet::test::kPatience;

namespace {

QByteArray content(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// A dialog whose jobs are held until they are let go.
struct Desk {
  JobRunner device;
  std::vector<RiskRequest> asked;
  test::FileWriter writer;
  RisksDialog dialog{{device,
                      [this](const RiskRequest& request, QObject* context, RisksDialog::Found found) {
                        asked.push_back(request);
                        return device.run(
                            "look", context,
                            [request](const JobControl& control) {
                              while (request.speech_level > 100) control.at({"long", 1, 2});
                              return FoundRisk{example_risks()[static_cast<std::size_t>(request.kind)],
                                               request.slot, "B: seed, on one"};
                            },
                            std::move(found));
                      }},
                     &writer};

  Desk() {
    dialog.setChoices({"A: fp32", "B: seed"}, 1, {{"one", "/one.wav"}, {"two", "/two.wav"}}, 0);
    dialog.show();
  }
  template <typename Widget>
  Widget& find(const char* name) {
    auto* found = dialog.findChild<Widget*>(name);
    if (!found) qFatal("there is no %s", name);
    return *found;
  }
  void measure(RiskKind kind) {
    find<QComboBox>("risk").setCurrentIndex(static_cast<int>(kind));
    find<QPushButton>("measureRisk").click();
  }
};

/// The beginning of a clip and as much silence: short, as each risk is found twice, and with a noise floor.
void write_word_and_pause(const std::filesystem::path& path) {
  auto sound = read_sound(demo_voice_folder() / "clips" / "ref00_en_f_nora.wav");
  const auto second = static_cast<std::size_t>(sound.sample_rate) * static_cast<std::size_t>(sound.channels);
  sound.samples.resize(second);
  sound.samples.resize(2 * second);
  write_wav(path, sound);
}

}  // namespace

class RisksTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void every_picture_shows_plan_and_floor_and_says_what_they_are() {
    for (const auto& risk : example_risks()) {
      const auto picture = picture_of(risk);
      QVERIFY(!picture.plots.empty() && !picture.findings.isEmpty());
      const auto& first = picture.plots.front();
      const auto shows = [&](RiskRole role) {
        return std::ranges::find(first.series, role, &RiskSeries::role) != first.series.end();
      };
      QVERIFY2(shows(RiskRole::plan), qPrintable(picture.title));
      QVERIFY2(shows(RiskRole::floor) || shows(RiskRole::limit), qPrintable(picture.title));
      for (const auto& plot : picture.plots) {
        QVERIFY(!plot.title.isEmpty() && !plot.caption.isEmpty() && !plot.y.label.isEmpty());
        for (const auto& series : plot.series) QCOMPARE(series.x.size(), series.y.size());
        for (const auto& row : plot.rows) QCOMPARE(row.size(), plot.heads.size());
      }
      for (const auto& finding : picture.findings)
        QVERIFY2(!finding.contains('%' + QString("1")), qPrintable(finding));
    }
  }

  void figures_are_those_of_the_risk() {
    const auto risks = example_risks();
    const auto steps = picture_of(risks[0]);
    QCOMPARE(steps.plots.size(), std::size_t(3));
    QCOMPARE(steps.plots[0].series[0].y, (std::vector<double>{10, 20}));  // per cent
    QCOMPARE(steps.plots[0].series[1].y, (std::vector<double>{30, 40}));
    QCOMPARE(steps.blamed[0].error, "not finite");
    QCOMPARE(steps.blamed[1].error, "11 %");
    const auto istft = picture_of(risks[1]);
    QVERIFY(std::isnan(istft.plots[0].series[0].y[0]));  // bf16 makes no error
    QCOMPARE(istft.plots[0].series[0].y[3], 0.5);
    QCOMPARE(istft.moments[0].seconds, 1.25);
    const auto noise = picture_of(risks[4]);
    QCOMPARE(noise.plots[0].marked.size(), std::size_t(1));
    QVERIFY2(noise.findings[0].contains("under it"), qPrintable(noise.findings[0]));
    const auto pitch = picture_of(risks[5]);
    QCOMPARE(pitch.plots[0].series[0].x,
             (std::vector<double>{0.01, 0.03}));  // 50 frames a second, their middles
    QCOMPARE(pitch.plots[0].series[0].y[1], 7.0);
  }

  // What is predicted is not what is tracked in the sound, and a mean hides where it is worst.
  void an_error_of_pitch_says_which_pitch_and_where_it_is_largest() {
    PitchRisk risk;
    risk.plan = {5, 0, 0.04, 0.03};
    risk.bf16 = {0.7, 0, 0.01, 0.01};
    risk.course = {"clip", {220, 220, 0, 220}, {1, -39, std::nan(""), 20}, {0, 0, std::nan(""), 0}};
    risk.blamed = {{"mel2wav.f0_predictor.condnet.0", 0.2}, {"mel2wav.f0_predictor.condnet.4", 0.1}};
    const auto picture = picture_of(Risk(risk));
    QVERIFY2(picture.findings[0].contains("as predicted") && picture.findings[0].contains("root mean square"),
             qPrintable(picture.findings[0]));
    QCOMPARE(picture.findings[1], "It is furthest off in clip at 0.03 s: -39.0 cents.");
    QVERIFY2(picture.findings[2].contains("vocoder alone"), qPrintable(picture.findings[2]));
    QCOMPARE(picture.blamed[0].words, "convolution 1");
    QCOMPARE(picture.blamed[1].words, "convolution 3");
    // Nothing is voiced in both: nothing is furthest off.
    risk.course.plan = {std::nan(""), std::nan("")};
    for (const auto& finding : picture_of(Risk(risk)).findings)
      QVERIFY2(!finding.contains("furthest"), qPrintable(finding));
  }

  // The frequency that a finding is about is in sight, and what is shaded is what is said to be.
  void figures_without_lists_stand_where_those_would_and_show_the_band_that_is_quoted() {
    NoiseRisk risk{65, {}};
    for (int band = -7; band <= 10; ++band)
      risk.bands.push_back(
          {1000 * std::pow(10, band / 10.0), band >= 0 && band <= 6, 0, band == 9 ? 4.0 : 0.0, 0, 0, 10});
    const auto plot = picture_of(Risk(risk)).plots[0];
    QCOMPARE(plot.marked.size(), std::size_t(1));
    QCOMPARE(std::lround(plot.marked[0].first), 1000);
    QCOMPARE(std::lround(plot.marked[0].second), 3981);
    Desk desk;
    desk.dialog.showRisk({risk, 1, "r.json"});
    QVERIFY(QTest::qWaitForWindowExposed(&desk.dialog));
    auto& figures = desk.find<QTableWidget>("riskFigures");
    auto& findings = desk.find<QLabel>("riskFindings");
    const auto left = [&](const QWidget& part) { return part.mapTo(&desk.dialog, QPoint()).x(); };
    QCOMPARE(figures.currentRow(), 16);
    QTRY_VERIFY(figures.isVisible());
    QTRY_COMPARE(left(figures), left(findings));
    QTRY_VERIFY(figures.viewport()->rect().contains(figures.visualItemRect(figures.item(16, 0)).center()));
    // Beside lists they go below their plot.
    desk.dialog.showRisk({example_risks()[1], 1, "r.json"});
    QTRY_VERIFY(left(figures) < left(findings));
    QCOMPARE(figures.currentRow(), -1);
    desk.dialog.showRisk({risk, 1, "r.json"});
    QTRY_COMPARE(left(figures), left(findings));
  }

  void a_floor_over_the_threshold_is_called_heard() {
    NoiseRisk risk{70, {{1000, true, 1, 2, 3, 4, 5}, {2000, true, 6, 9, 8, 9, 8.5}}};
    const auto said = picture_of(Risk(risk)).findings[0];
    QVERIFY2(said.contains("over the threshold") && said.contains("2,000 Hz") && said.contains("0.5 dB"),
             qPrintable(said));
  }

  void a_table_has_every_value() {
    for (const auto& risk : example_risks()) {
      const auto picture = picture_of(risk);
      std::size_t values = 0;
      for (const auto& plot : picture.plots)
        for (const auto& series : plot.series) values += series.y.size();
      const auto lines = to_csv(picture).trimmed().split('\n');
      QCOMPARE(lines.size(), static_cast<qsizetype>(values) + 1);
      QCOMPARE(lines[0], "plot,series,x,y");
    }
    QVERIFY(to_csv(picture_of(example_risks()[0])).contains("Step by step,5 steps,1,50\n"));
  }

  void what_is_chosen_is_asked_for() {
    Desk desk;
    auto& level = desk.find<QDoubleSpinBox>("speechLevel");
    QVERIFY(!level.isVisible());
    desk.measure(RiskKind::istft);
    QCOMPARE(desk.asked.size(), std::size_t(1));
    QCOMPARE(desk.asked[0].kind, RiskKind::istft);
    QCOMPARE(desk.asked[0].slot, 1);
    QCOMPARE(desk.asked[0].clips.size(), std::size_t(1));
    QCOMPARE(desk.asked[0].clips[0].name, "one");
    QTRY_COMPARE(desk.find<QLabel>("riskSaid").text(), "B: seed, on one");
    QCOMPARE(desk.find<QTreeWidget>("riskMoments").topLevelItemCount(), 1);

    desk.find<QComboBox>("riskPlan").setCurrentIndex(0);
    desk.find<QComboBox>("riskClip").setCurrentIndex(2);
    desk.find<QComboBox>("risk").setCurrentIndex(static_cast<int>(RiskKind::noise));
    QVERIFY(level.isVisible());
    level.setValue(72);
    // Another clip comes: what was chosen stays chosen.
    desk.dialog.setChoices({"A: fp32", "B: seed"}, 1,
                           {{"one", "/one.wav"}, {"two", "/two.wav"}, {"three", "/three.wav"}}, 2);
    desk.measure(RiskKind::noise);
    QCOMPARE(desk.asked[1].slot, 0);
    QCOMPARE(desk.asked[1].clips.size(), std::size_t(3));
    QCOMPARE(desk.asked[1].speech_level, 72.0);
    QTRY_VERIFY(!desk.find<QTreeWidget>("riskMoments").isVisible());
  }

  void a_look_can_be_cancelled_and_another_begun() {
    Desk desk;
    auto& button = desk.find<QPushButton>("measureRisk");
    desk.find<QDoubleSpinBox>("speechLevel").setValue(110);  // without an end
    desk.measure(RiskKind::noise);
    QCOMPARE(button.text(), "&Cancel");
    QTRY_COMPARE(desk.find<QLabel>("riskSaid").text(), "long");
    QVERIFY(!desk.find<QComboBox>("risk").isEnabled());
    button.click();
    QTRY_COMPARE(button.text(), "&Measure");
    QCOMPARE(desk.find<QLabel>("riskSaid").text(), "Cancelled.");
    QVERIFY(!desk.find<QPushButton>("saveRisk").isEnabled());
    desk.find<QDoubleSpinBox>("speechLevel").setValue(65);
    desk.measure(RiskKind::noise);
    QTRY_VERIFY(desk.find<QPushButton>("saveRisk").isEnabled());
  }

  void rows_lead_to_layers_and_moments() {
    Desk desk;
    QSignalSpy parts(&desk.dialog, &RisksDialog::partChosen);
    QSignalSpy moments(&desk.dialog, &RisksDialog::momentChosen);
    desk.dialog.showRisk({example_risks()[1], 1, "r.json"});
    for (const auto* name : {"riskBlamed", "riskMoments"}) {
      auto& list = desk.find<QTreeWidget>(name);
      QTest::mouseClick(list.viewport(), Qt::LeftButton, {},
                        list.visualItemRect(list.topLevelItem(0)).center());
    }
    QVERIFY(!parts.isEmpty() && !moments.isEmpty());
    QCOMPARE(parts[0][0].toString(), "mel2wav.a");
    QCOMPARE(moments[0][0].value<std::string>(), "\u00e4 clip");
    QCOMPARE(moments[0][1].toInt(), 1);
    QCOMPARE(moments[0][2].toDouble(), 1.25);
    // By keys.
    auto& blamed = desk.find<QTreeWidget>("riskBlamed");
    blamed.setFocus();
    const auto before = parts.size();
    QTest::keyClick(&blamed, Qt::Key_Return);
    QVERIFY(parts.size() > before);
  }

  void every_form_is_written_or_it_is_said_why_not() {
    Desk desk;
    QTemporaryDir folder;
    desk.dialog.showRisk({example_risks()[0], 1, "r.json"});
    desk.find<QTabBar>("riskPlots").setCurrentIndex(1);
    QSignalSpy saved(&desk.dialog, &RisksDialog::saved);
    for (const auto& [name, begins] : {std::pair("r.json", "{\n \"format\": \"octet-risk\""),
                                       {"r.csv", "plot,series"},
                                       {"r.png", "\x89PNG"},
                                       {"r.svg", "<?xml"}}) {
      desk.dialog.save(folder.filePath(name));
      QVERIFY(saved.wait());
      QVERIFY2(content(folder.filePath(name)).startsWith(begins), name);
    }
    QCOMPARE(content(folder.filePath("r.json")).toStdString(), text_of(example_risks()[0]));
    QCOMPARE(kind_of(folder.filePath("r.json").toStdString()), FileKind::risk);

    desk.dialog.save(folder.filePath("missing/r.csv"));
    QTRY_VERIFY2(desk.find<QLabel>("riskSaid").text().contains("missing"),
                 qPrintable(desk.find<QLabel>("riskSaid").text()));
  }

  void the_window_finds_what_the_command_line_does_to_the_byte_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("name");
    for (const auto& [kind, name] : {std::pair(RiskKind::steps, "steps"),
                                     {RiskKind::istft, "istft"},
                                     {RiskKind::snake, "snake"},
                                     {RiskKind::speaker, "speaker"},
                                     {RiskKind::noise, "noise"},
                                     {RiskKind::pitch, "pitch"}})
      QTest::newRow(name) << static_cast<int>(kind) << name;
  }

  void the_window_finds_what_the_command_line_does_to_the_byte() {
    QFETCH(int, kind);
    QFETCH(QString, name);
    QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkdir("set"));
    const auto clip = folder.filePath("set/one.wav");
    write_word_and_pause(clip.toStdString());
    const auto checkpoint = demo_voice_folder() / "s3gen_demo.safetensors";
    QStringList command{"study",     "risk", name,    QString::fromStdString(checkpoint.string()),
                        "--plan",    "seed", "--set", folder.filePath("set"),
                        "--threads", "1",    "-o",    folder.filePath("r.json")};
    if (name == "noise")
      command << "--speech-level"
              << "70";
    COMPARE_RUN(octet::test::run_octet(command), 0, "");

    const auto workbench = octet::test::opened();
    auto settings = workbench->settings();
    settings.steps = 0;
    workbench->setSettings(settings);
    workbench->addClip(clip.toStdString());
    std::optional<FoundRisk> found;
    workbench->lookAtRisk({.kind = static_cast<RiskKind>(kind),
                           .slot = 1,
                           .clips = {workbench->clips().back()},
                           .speech_level = 70},
                          this, [&](const FoundRisk& looked) { found = looked; });
    QTRY_VERIFY_WITH_TIMEOUT(found.has_value(), kPatience);
    QCOMPARE(found->of, "B: seed, on one");
    QCOMPARE(QByteArray::fromStdString(text_of(found->risk)), content(folder.filePath("r.json")));
  }
};

QTEST_MAIN(RisksTest)
#include "test_risks.moc"
