#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDesktopServices>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QRegularExpression>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTreeWidget>
#include <QtTest>
#include <atomic>
#include <semaphore>

#include "core/checkpoint/safetensors_writer.h"
#include "core/export/exporter.h"
#include "core/kernels/arithmetic.h"
#include "core/metrics/report.h"
#include "core/plan/size.h"
#include "tests/demo_voice.h"
#include "tests/paper_checkpoint.h"
#include "ui/export/export_dialog.h"
#include "ui/theme/theme.h"

using namespace octet;
using namespace octet::ui;
using State = ExportDialog::State;
using octet::test::demo_checkpoint;
using octet::test::plan_of;

namespace {

ResolvedPlan seed() { return resolve(plan_of("seed", Precision::bf16), demo_checkpoint()->layers()); }

/// The demo voice, which stops giving weights in the midst of them until it is let go.
class HeldCheckpoint : public Checkpoint {
 public:
  const std::filesystem::path& path() const override { return demo_checkpoint()->path(); }
  std::uint64_t file_bytes() const override { return demo_checkpoint()->file_bytes(); }
  Variant variant() const override { return demo_checkpoint()->variant(); }
  const LayerTable& layers() const override { return demo_checkpoint()->layers(); }
  const std::vector<std::string>& components() const override { return demo_checkpoint()->components(); }
  const std::map<std::string, std::string>& metadata() const override {
    return demo_checkpoint()->metadata();
  }
  const std::vector<std::string>& unexpected() const override { return demo_checkpoint()->unexpected(); }
  const std::vector<std::string>& absent() const override { return demo_checkpoint()->absent(); }
  StoredTensor tensor(std::string_view name) const override {
    constexpr int kBefore = 500;
    if (++asked_ == kBefore) {
      midst_.release();
      let_go_.acquire();
    }
    return demo_checkpoint()->tensor(name);
  }
  bool has(std::string_view name) const override { return demo_checkpoint()->has(name); }
  std::string source_sha256() const override { return demo_checkpoint()->source_sha256(); }

  void wait_for_the_midst() const { midst_.acquire(); }
  void let_go() const { let_go_.release(); }

 private:
  mutable std::atomic<int> asked_ = 0;
  mutable std::binary_semaphore midst_{0}, let_go_{0};
};

}  // namespace

class TestExportDialog : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::unique_ptr<Lanes> lanes_;

  QString file(const QString& name) const { return folder_.filePath(name); }

  template <typename Widget>
  static Widget& child(QDialog& dialog, const char* name) {
    auto* found = dialog.findChild<Widget*>(name);
    if (!found) qFatal("there is no %s", name);
    return *found;
  }

  std::unique_ptr<ExportDialog> dialog(const QString& path) {
    auto made = std::make_unique<ExportDialog>(demo_checkpoint(), seed(), *lanes_, "cpu", 1);
    made->setFile(path);
    return made;
  }

  static bool ends(ExportDialog& dialog, State state) {
    return QTest::qWaitFor([&] { return dialog.state() == state; }, 60000);
  }

  /// Names in a folder, hidden ones too.
  static QStringList left_in(const QString& folder) {
    return QDir(folder).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
  }

 private Q_SLOTS:
  void initTestCase() {
    configure_arithmetic(1);
    apply_appearance(Appearance::light);
  }
  void init() { lanes_ = std::make_unique<Lanes>(); }

  // How long the window's thread takes for it is for bench_window to say.
  void sizes_of_the_full_size_model_follow_the_choice_of_parts() {
    const auto checkpoint = octet::test::full_size();
    ExportDialog dialog(checkpoint, resolve(plan_of("seed", Precision::bf16), checkpoint->layers()), *lanes_,
                        "cpu", 1);
    QCOMPARE(dialog.predictedBytes() / 1'000'000, std::uint64_t{695});  // as the README's table says
    dialog.setComponents({"flow", "mel2wav"});
    QCOMPARE(dialog.predictedBytes() / 1'000'000, std::uint64_t{186});
    dialog.setComponents(checkpoint->components());
    QCOMPARE(dialog.predictedBytes() / 1'000'000, std::uint64_t{695});
  }

  void the_choice_of_parts_predicts_the_file_to_the_byte_data() {
    QTest::addColumn<QStringList>("parts");
    QTest::newRow("whole") << QStringList{"tokenizer", "speaker_encoder", "flow", "mel2wav"};
    QTest::newRow("synthesis") << QStringList{"flow", "mel2wav"};
    QTest::newRow("vocoder") << QStringList{"mel2wav"};
    QTest::newRow("voice") << QStringList{"tokenizer", "speaker_encoder"};
  }
  void the_choice_of_parts_predicts_the_file_to_the_byte() {
    QFETCH(QStringList, parts);
    const auto path = file("parts.safetensors");
    auto dialog = this->dialog(path);
    std::vector<std::string> names;
    for (const auto& part : parts) names.push_back(part.toStdString());
    dialog->setComponents(names);
    const auto predicted = dialog->predictedBytes();
    // Nothing was hashed for that, and it is what the core predicts with the hash.
    QCOMPARE(predicted, predicted_export_bytes(prepare_export(demo_checkpoint(), seed(), names)));
    dialog->start();
    QVERIFY(ends(*dialog, State::verified));
    QCOMPARE(std::uint64_t(QFileInfo(path).size()), predicted);
    QCOMPARE(Checkpoint::open(path.toStdString())->components(), names);
  }

  void the_radio_buttons_and_the_boxes_are_one_choice() {
    auto dialog = this->dialog(file("choice.safetensors"));
    auto& parts = child<QTreeWidget>(*dialog, "exportParts");
    QVERIFY(child<QRadioButton>(*dialog, "exportWhole").isChecked());
    const auto whole = dialog->predictedBytes();
    child<QRadioButton>(*dialog, "exportSynthesis").click();
    QCOMPARE(dialog->components(), (std::vector<std::string>{"flow", "mel2wav"}));
    QVERIFY(dialog->predictedBytes() < whole);
    QCOMPARE(parts.topLevelItem(0)->checkState(0), Qt::Unchecked);
    parts.topLevelItem(2)->setCheckState(0, Qt::Unchecked);
    QVERIFY(child<QRadioButton>(*dialog, "exportOwn").isChecked());
    QCOMPARE(dialog->components(), std::vector<std::string>{"mel2wav"});
    parts.topLevelItem(3)->setCheckState(0, Qt::Unchecked);
    QVERIFY(!child<QPushButton>(*dialog, "startExport").isEnabled());
  }

  void the_suggested_name_says_checkpoint_plan_and_parts() {
    ExportRequest request{demo_checkpoint(), seed(), demo_checkpoint()->components(), {}};
    QCOMPARE(export_name(request), QString("s3gen_demo-seed.safetensors"));
    request.components = {"flow", "mel2wav"};
    QCOMPARE(export_name(request), QString("s3gen_demo-seed-synthesis.safetensors"));
    request.components = {"mel2wav"};
    request.resolved.plan.name = "mine / 2nd";
    QCOMPARE(export_name(request), QString("s3gen_demo-mine-2nd.safetensors"));
    request.resolved.plan.name.clear();
    QCOMPARE(export_name(request), QString("s3gen_demo.safetensors"));
  }

  void the_size_is_told_beside_the_source_and_the_free_space() {
    auto dialog = this->dialog(file("told.safetensors"));
    const auto part = 100.0 * double(dialog->predictedBytes()) / double(demo_checkpoint()->file_bytes());
    QVERIFY(part < 99);
    const auto text = child<QLabel>(*dialog, "exportSize").text();
    QVERIFY2(text.contains(QString(": %1 % of the").arg(part, 0, 'f', 1)), qPrintable(text));
    QVERIFY2(text.contains(QLocale().toString(qulonglong(dialog->predictedBytes()))), qPrintable(text));
    QVERIFY(child<QLabel>(*dialog, "exportFileNote").text().isEmpty());
    dialog->setFile("/proc/told.safetensors");  // a file system without room
    QTRY_VERIFY(child<QLabel>(*dialog, "exportFileNote").text().contains("0.0 MB are free there"));
  }

  // A name is typed faster than a network answers: the note is of the last one, and no answer is waited for.
  void places_are_looked_up_apart_from_the_window() {
    auto dialog = this->dialog(file("first.safetensors"));
    auto& note = child<QLabel>(*dialog, "exportFileNote");
    for (const auto* name : {"/pro", "/proc", "/proc/"}) dialog->setFile(name);
    QVERIFY(note.text().isEmpty());  // nobody looked yet
    QTRY_VERIFY(note.text().contains("a folder"));
    QVERIFY(!child<QPushButton>(*dialog, "startExport").isEnabled());
    dialog->setFile(file("second.safetensors"));
    QVERIFY(note.text().isEmpty());
    QVERIFY(child<QPushButton>(*dialog, "startExport").isEnabled());
  }

  // Two for the export, as the preferences say, on a lane that computed with one before.
  void the_verification_takes_the_threads_that_were_asked_for() {
    const auto after = [](JobRunner& lane, std::optional<int> threads) {
      std::optional<std::string> told;
      lane.run(
          "arithmetic", &lane,
          [threads](const JobControl&) {
            if (threads) configure_arithmetic(*threads);
            return describe_arithmetic();
          },
          [&told](const std::string& words) { told = words; });
      if (!QTest::qWaitFor([&] { return told.has_value(); }, 60000)) qFatal("no answer from the lane");
      return *told;
    };
    QVERIFY(after(lanes_->device, 1) != after(lanes_->analysis, 2));
    ExportDialog dialog(demo_checkpoint(), seed(), *lanes_, "cpu", 2);
    dialog.setFile(file("threads.safetensors"));
    dialog.setComponents({"mel2wav"});
    dialog.start();
    QVERIFY(ends(dialog, State::verified));
    QCOMPARE(after(lanes_->device, {}), after(lanes_->analysis, 2));
  }

  void an_input_is_no_place_for_an_export() {
    const auto path = file("voice.safetensors");
    QFile voice(path);
    QVERIFY(voice.open(QIODevice::ReadWrite) && voice.write("a voice") == 7 && voice.flush());
    auto dialog = this->dialog(path);
    dialog->setInputs({path.toStdString()});
    dialog->start();
    QVERIFY(ends(*dialog, State::choosing));
    const auto& failure = child<QLabel>(*dialog, "exportFailure");
    QVERIFY2(failure.text().contains("voice.safetensors"), qPrintable(failure.text()));
    QVERIFY(voice.seek(0));
    QCOMPARE(voice.readAll(), QByteArray("a voice"));
  }

  // What computes waits for what else computes on the device.
  void the_verification_runs_on_the_lane_of_the_device() {
    auto dialog = this->dialog(file("lane.safetensors"));
    dialog->setComponents({"mel2wav"});
    std::binary_semaphore go{0};
    lanes_->device.run(
        "a synthesis", this, [&](const JobControl&) { return go.acquire(), 0; }, [](int) {});
    QStringList on_device;
    connect(&lanes_->device, &JobRunner::queued, this,
            [&](JobRunner::Id, const QString& title) { on_device << title; });
    dialog->start();
    QVERIFY(ends(*dialog, State::verifying));
    QTRY_COMPARE(lanes_->analysis.pending(), 0);
    QCOMPARE(on_device, QStringList("Verify lane.safetensors"));
    QCOMPARE(dialog->state(), State::verifying);
    QCOMPARE(child<QLabel>(*dialog, "exportStage").text(), QString("Waiting for other jobs…"));
    go.release();
    QVERIFY(ends(*dialog, State::verified));
  }

  void a_real_export_is_verified_and_each_check_is_shown() {
    const auto path = file("whole export é \"quoted\".safetensors");
    auto dialog = this->dialog(path);
    QSignalSpy exported(dialog.get(), &ExportDialog::exported);
    QSignalSpy states(dialog.get(), &ExportDialog::stateChanged);
    dialog->show();
    child<QPushButton>(*dialog, "startExport").click();
    QVERIFY(ends(*dialog, State::verified));
    QCOMPARE(states.size(), 3);  // writing, verifying, verified
    QCOMPARE(exported.size(), 1);
    QCOMPARE(exported[0][0].toString(), path);
    QVERIFY(dialog->verification().passed());
    auto& checks = child<QTreeWidget>(*dialog, "exportChecks");
    QStringList names;
    for (int i = 0; i < checks.topLevelItemCount(); ++i) {
      QCOMPARE(checks.topLevelItem(i)->text(0), QString("ok"));
      names << checks.topLevelItem(i)->text(1);
    }
    QCOMPARE(names, (QStringList{"size", "tensors", "source", "bytes", "synthesis", "waveform"}));
    QCOMPARE(child<QLineEdit>(*dialog, "exportPlace").text(), path);

    // What came of it stands in the form's place, until another is asked for.
    auto& form = child<QLabel>(*dialog, "exportSize");
    QVERIFY(!form.isVisible());
    child<QPushButton>(*dialog, "startExport").click();
    QCOMPARE(dialog->state(), State::choosing);
    QVERIFY(form.isVisible() && !checks.isVisible());
    QCOMPARE(exported.size(), 1);

    child<QPushButton>(*dialog, "exportPythonAction").click();
    const auto copied = QApplication::clipboard()->text();
    QCOMPARE(copied, child<QPlainTextEdit>(*dialog, "exportPython").toPlainText());
    QVERIFY2(copied.contains("whole export é \\\"quoted\\\".safetensors"), qPrintable(copied));
    opened_.clear();
    QDesktopServices::setUrlHandler("file", this, "open");
    child<QPushButton>(*dialog, "exportPlaceAction").click();
    QDesktopServices::unsetUrlHandler("file");
    QCOMPARE(opened_.toLocalFile(), folder_.path());
  }

  // Nothing of what came of it lies upon another, or is cut off, however its lines are wrapped.
  void what_came_of_it_is_seen_whole() {
    auto dialog = this->dialog(file("seen whole.safetensors"));
    dialog->setSound("<b>– Sound:</b> B: no verdict yet. 2 of the 6 clips are measured: synthesize all.");
    child<QCheckBox>(*dialog, "exportCardToo").setChecked(true);
    dialog->show();
    QVERIFY(QTest::qWaitForWindowExposed(dialog.get()));
    dialog->start();
    QVERIFY(ends(*dialog, State::verified));
    const auto fault = [&]() -> QByteArray {
      int above = 0;
      for (const char* name : {"exportSound", "exportHeadline", "exportChecks", "exportPlace", "exportCard",
                               "exportPython", "closeExport"}) {
        const auto& part = child<QWidget>(*dialog, name);
        if (part.mapTo(dialog.get(), QPoint()).y() < above) return QByteArray(name) + " lies upon another";
        above = part.mapTo(dialog.get(), QPoint(0, part.height())).y();
        if (part.geometry().bottom() >= part.parentWidget()->height() ||
            (part.hasHeightForWidth() && part.height() < part.heightForWidth(part.width())))
          return QByteArray(name) + " is cut off";
      }
      return {};
    };
    QTRY_COMPARE(fault(), QByteArray());
    QTRY_COMPARE(dialog->height(),
                 dialog->layout()->totalHeightForWidth(dialog->width()));             // nor is any left over
    QVERIFY2(dialog->height() < 600, qPrintable(QString::number(dialog->height())));  // of a small screen
    dialog->resize(dialog->width() * 3 / 4, dialog->height());
    QTRY_COMPARE(fault(), QByteArray());
  }

  void the_lines_of_python_are_those_of_the_format_data() {
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("line");
    QTest::newRow("octet") << "octet"
                           << "octet_s3gen.load(tts.s3gen, \"%1\")";
    QTest::newRow("stock") << "stock"
                           << "tts.s3gen.load_state_dict(load_file(\"%1\"), strict=";
    QTest::newRow("comfy") << "comfy"
                           << "octet_s3gen.load(tts.s3gen, \"%1\")";
    QTest::newRow("compressed-tensors") << "compressed-tensors"
                                        << "with safe_open(\"%1\", \"pt\") as file:";
  }
  void the_lines_of_python_are_those_of_the_format() {
    QFETCH(QString, format);
    QFETCH(QString, line);
    const auto path = file("for " + format + ".safetensors");
    ExportDialog dialog(demo_checkpoint(),
                        resolve(plan_of("linear-only", Precision::bf16), demo_checkpoint()->layers()),
                        *lanes_, "cpu", 1);
    dialog.setFile(path);
    dialog.setFormat(*export_format_from(format.toStdString()));
    const auto predicted = dialog.predictedBytes();
    dialog.start();
    QVERIFY(ends(dialog, State::verified));
    QCOMPARE(std::uint64_t(QFileInfo(path).size()), predicted);
    auto& python = child<QPlainTextEdit>(dialog, "exportPython");
    QVERIFY2(python.toPlainText().contains(line.arg(path)), qPrintable(python.toPlainText()));
    // Nothing is cut off at its side, nor a few lines at their end.
    dialog.show();
    QVERIFY(QTest::qWaitForWindowExposed(&dialog));
    QCOMPARE(python.horizontalScrollBar()->maximum(), 0);
    if (format == "octet") QCOMPARE(python.verticalScrollBar()->maximum(), 0);
  }

  void a_format_that_cannot_hold_the_plan_says_why() {
    auto dialog = this->dialog(file("unheld.safetensors"));
    dialog->show();
    auto& formats = child<QComboBox>(*dialog, "exportFormat");
    auto& start = child<QPushButton>(*dialog, "startExport");
    const auto where = [&] { return child<QLabel>(*dialog, "exportWhere").text(); };
    QStringList said{where()};
    formats.setCurrentIndex(formats.findData("compressed-tensors"));
    said << where();
    QVERIFY(!start.isEnabled());
    const auto text = child<QLabel>(*dialog, "exportSize").text();
    QVERIFY2(text.contains("is a Conv1d"), qPrintable(text));
    // It takes more lines, for which there is room.
    const auto& parts = child<QTreeWidget>(*dialog, "exportParts");
    const auto below = [&](const QWidget& widget) { return widget.mapTo(dialog.get(), QPoint()).y(); };
    QTRY_VERIFY2(below(formats) >= below(parts) + parts.height(),
                 qPrintable(QString("%1 %2 %3").arg(below(formats)).arg(below(parts)).arg(parts.height())));
    dialog->start();
    QCOMPARE(dialog->state(), State::choosing);
    formats.setCurrentIndex(formats.findData("stock"));
    said << where();
    QVERIFY(start.isEnabled());
    QVERIFY(dialog->predictedBytes() > demo_checkpoint()->file_bytes() * 9 / 10);
    QCOMPARE(said.removeDuplicates(), 0);
  }

  void a_card_is_written_beside_it_where_it_is_asked_for() {
    const auto path = file("carded.safetensors"), card = file("carded.md");
    auto dialog = this->dialog(path);
    dialog->show();
    dialog->start();
    QVERIFY(ends(*dialog, State::verified));
    QVERIFY(!QFileInfo::exists(card));
    QVERIFY(!child<QLineEdit>(*dialog, "exportCard").isVisible());
    child<QCheckBox>(*dialog, "exportCardToo").click();
    dialog->start();
    QVERIFY(ends(*dialog, State::verified));
    QCOMPARE(child<QLineEdit>(*dialog, "exportCard").text(), card);
    QVERIFY(child<QLineEdit>(*dialog, "exportCard").isVisible());
    QFile written(card);
    QVERIFY(written.open(QIODevice::ReadOnly));
    const auto text = written.readAll();
    QVERIFY2(text.contains("octet_s3gen.load(tts.s3gen, \"carded.safetensors\")"), text);
    QVERIFY2(!text.contains(folder_.path().toUtf8()), text);
    // One that a person made their own stays.
    QFile own(card);
    QVERIFY(own.open(QIODevice::WriteOnly) && own.write("mine") == 4);
    own.close();
    dialog->start();
    QVERIFY(ends(*dialog, State::choosing));
    QVERIFY(child<QLabel>(*dialog, "exportFailure").text().contains("carded.md"));
    QVERIFY(own.open(QIODevice::ReadOnly));
    QCOMPARE(own.readAll(), QByteArray("mine"));
  }

  void a_card_has_what_was_measured_of_its_plan_alone() {
    const auto plan_size_of = octet::plan_size(demo_checkpoint()->layers(), seed());
    Report report;
    report.checkpoint_sha256 = demo_checkpoint()->source_sha256();
    report.device = "CPU";
    report.steps = 2;
    report.runs = {{"A", "fp32", {}}, {"B", "seed", {}}};
    for (const auto& size : plan_size_of.components)
      report.runs[1].components.push_back(
          {size.component, 1, static_cast<int>(size.int8_layers), size.parameters, size.bytes});
    report.clips = {{"clip", 1, {}, {{{}, {}, 1}, {{}, {{"snr", 15.25}}, 1}}}};
    const auto text_for = [&](const std::vector<std::string>& components) {
      ExportRequest request{demo_checkpoint(), seed(), components,
                            file("measured.safetensors").toStdString()};
      request.card = file("measured.md").toStdString();
      request.report = to_json(report);
      write_requested(request, {});
      QFile written(file("measured.md"));
      if (!written.open(QIODevice::ReadOnly)) qFatal("there is no card");
      return written.readAll();
    };
    QVERIFY(text_for({"mel2wav"}).contains("| SNR (dB) | higher | 15.25 |\n"));
    report.runs[1].components.back().bytes += 1;  // the plan as it was before
    QVERIFY(!text_for({"mel2wav"}).contains("SNR"));
  }

  // A folder that is a file: it cannot be written whoever asks.
  void a_place_that_cannot_be_written_is_told_and_all_is_kept() {
    QFile blocker(file("a file"));
    QVERIFY(blocker.open(QIODevice::WriteOnly));
    blocker.close();
    const auto before = left_in(folder_.path());
    auto dialog = this->dialog(file("a file/out.safetensors"));
    dialog->setComponents({"flow", "mel2wav"});
    dialog->start();
    QCOMPARE(dialog->state(), State::writing);
    QVERIFY(ends(*dialog, State::choosing));
    const auto text = child<QLabel>(*dialog, "exportFailure").text();
    QVERIFY2(text.contains("a file/out.safetensors") && text.contains("Try this"), qPrintable(text));
    QCOMPARE(left_in(folder_.path()), before);
    QCOMPARE(dialog->components(), (std::vector<std::string>{"flow", "mel2wav"}));
    // Another place, and it goes.
    dialog->setFile(file("another.safetensors"));
    QVERIFY(child<QPushButton>(*dialog, "startExport").isEnabled());
    dialog->start();
    QVERIFY(ends(*dialog, State::verified));
  }

  void a_device_or_the_source_itself_is_no_place() {
    const auto source = file("source.safetensors");  // a copy: where this fails, it is gone
    QVERIFY(QFile::copy(QString::fromStdString(demo_checkpoint()->path().string()), source));
    const std::shared_ptr<const Checkpoint> checkpoint = Checkpoint::open(source.toStdString());
    for (const auto& path : {QString("/dev/full"), source}) {
      const auto size = QFileInfo(path).size();
      ExportDialog dialog(checkpoint, seed(), *lanes_, "cpu", 1);
      dialog.setFile(path);
      dialog.start();
      QVERIFY(ends(dialog, State::choosing));
      QVERIFY(child<QLabel>(dialog, "exportFailure").text().contains("Nothing was exported"));
      QCOMPARE(QFileInfo(path).size(), size);
    }
  }

  void cancelling_leaves_nothing_and_what_was_there() {
    QTemporaryDir place;
    const auto path = place.filePath("out.safetensors");
    QFile previous(path);
    QVERIFY(previous.open(QIODevice::WriteOnly));
    previous.write("previous");
    previous.close();
    const auto held = std::make_shared<HeldCheckpoint>();
    ExportDialog dialog(held, seed(), *lanes_, {}, 1);
    dialog.setFile(path);
    QTRY_VERIFY(child<QLabel>(dialog, "exportFileNote").text().contains("Replaces"));
    dialog.start();
    held->wait_for_the_midst();
    QCoreApplication::processEvents();  // hears that it began
    child<QPushButton>(dialog, "closeExport").click();
    held->let_go();
    QVERIFY(ends(dialog, State::choosing));
    QCOMPARE(left_in(place.path()), QStringList{"out.safetensors"});
    QVERIFY(previous.open(QIODevice::ReadOnly));
    QCOMPARE(previous.readAll(), QByteArray("previous"));
    QVERIFY(child<QPushButton>(dialog, "startExport").isEnabled());
  }

  void the_time_that_is_left_is_told_in_a_sentence() {
    QTemporaryDir place;
    const auto held = std::make_shared<HeldCheckpoint>();
    ExportDialog dialog(held, seed(), *lanes_, {}, 1);
    dialog.setFile(place.filePath("out.safetensors"));
    JobRunner::Id id = 0;
    connect(&lanes_->analysis, &JobRunner::queued, this, [&](JobRunner::Id queued) { id = queued; });
    dialog.start();
    held->wait_for_the_midst();
    const auto& left = child<QLabel>(dialog, "exportTimeLeft");
    const auto half_done = [&] { Q_EMIT lanes_->analysis.progressed(id, {"writing, MB", 5, 10}); };
    QTRY_VERIFY((half_done(), !left.text().isEmpty()));  // told once it can be
    static const QRegularExpression sentence("^\\d+ s left$");
    QVERIFY2(sentence.match(left.text()).hasMatch(), qPrintable(left.text()));
    dialog.cancel();
    held->let_go();
    QVERIFY(ends(dialog, State::choosing));
  }

  void closing_while_it_writes_asks_and_then_leaves_nothing() {
    QTemporaryDir place;
    const auto held = std::make_shared<HeldCheckpoint>();
    ExportDialog dialog(held, seed(), *lanes_, {}, 1);
    dialog.setFile(place.filePath("out.safetensors"));
    dialog.show();
    dialog.start();
    held->wait_for_the_midst();
    QCoreApplication::processEvents();
    dialog.close();
    QVERIFY(dialog.isVisible());
    auto* question = dialog.findChild<QMessageBox*>("confirmStop");
    QVERIFY(question);
    question->close();  // go on
    QCOMPARE(dialog.state(), State::writing);
    QTRY_VERIFY(!dialog.findChild<QMessageBox*>("confirmStop"));
    dialog.close();
    child<QPushButton>(dialog, "stopAndClose").click();
    held->let_go();
    QTRY_VERIFY(!dialog.isVisible());
    QTRY_COMPARE(lanes_->analysis.pending(), 0);
    QVERIFY(left_in(place.path()).isEmpty());
  }

  // It waits behind a job that takes its time: giving up does not.
  void cancelling_what_has_not_begun_is_at_once() {
    QTemporaryDir place;
    auto dialog = this->dialog(place.filePath("out.safetensors"));
    std::binary_semaphore go{0};
    lanes_->analysis.run(
        "before", this, [&](const JobControl&) { return go.acquire(), 0; }, [](int) {});
    dialog->start();
    dialog->cancel();
    QCOMPARE(dialog->state(), State::choosing);
    go.release();
    QTRY_COMPARE(lanes_->analysis.pending(), 0);
    QCOMPARE(dialog->state(), State::choosing);
    QVERIFY(left_in(place.path()).isEmpty());
  }

  void going_away_while_it_writes_leaves_nothing() {
    QTemporaryDir place;
    const auto held = std::make_shared<HeldCheckpoint>();
    auto dialog = std::make_unique<ExportDialog>(held, seed(), *lanes_, "cpu", 1);
    dialog->setFile(place.filePath("out.safetensors"));
    dialog->start();
    held->wait_for_the_midst();
    dialog.reset();
    held->let_go();
    QTRY_COMPARE(lanes_->analysis.pending(), 0);
    QVERIFY(left_in(place.path()).isEmpty());
  }

  void a_file_that_differs_from_its_plan_is_called_wrong() {
    const auto path = file("damaged.safetensors");
    auto dialog = this->dialog(path);
    dialog->setComponents({"mel2wav"});
    connect(dialog.get(), &ExportDialog::exported, this, [&] {  // between writing and reading back
      QFile damaged(path);
      if (!damaged.open(QIODevice::ReadWrite)) qFatal("cannot damage the file");
      damaged.seek(damaged.size() - 100);
      const auto byte = char(damaged.read(1)[0] ^ 1);
      damaged.seek(damaged.size() - 100);
      damaged.write(&byte, 1);
    });
    dialog->start();
    QVERIFY(ends(*dialog, State::wrong));
    auto& checks = child<QTreeWidget>(*dialog, "exportChecks");
    bool told = false;
    for (int i = 0; i < checks.topLevelItemCount(); ++i)
      told |=
          checks.topLevelItem(i)->text(0) == "WRONG" && checks.topLevelItem(i)->text(2).contains("mel2wav.");
    QVERIFY(told);
    QVERIFY(child<QLabel>(*dialog, "exportHeadline").text().contains("Do not use it"));
  }

 public Q_SLOTS:
  void open(const QUrl& url) { opened_ = url; }

 private:
  QUrl opened_;
};

QTEST_MAIN(TestExportDialog)
#include "test_export_dialog.moc"
