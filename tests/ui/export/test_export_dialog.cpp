#include <QApplication>
#include <QClipboard>
#include <QDesktopServices>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMessageBox>
#include <QProcess>
#include <QPushButton>
#include <QRadioButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTreeWidget>
#include <QtTest>
#include <atomic>
#include <cstring>
#include <limits>
#include <semaphore>

#include "core/checkpoint/safetensors_writer.h"
#include "core/export/exporter.h"
#include "core/kernels/arithmetic.h"
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

/// Serves safetensors.torch where the package is not installed; the format is a header and bytes.
constexpr auto kLoadFile = R"(import json, torch
_types = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16, "I8": torch.int8, "I64": torch.int64,
          "F64": torch.float64, "I32": torch.int32}
def load_file(path):
    data = bytearray(open(path, "rb").read())
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    return {name: torch.frombuffer(data, dtype=_types[t["dtype"]], offset=8 + size + t["data_offsets"][0],
                                   count=torch.Size(t["shape"]).numel()).reshape(t["shape"])
            for name, t in header.items() if name != "__metadata__"}
)";

}  // namespace

class TestExportDialog : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::unique_ptr<JobRunner> jobs_, device_;

  QString file(const QString& name) const { return folder_.filePath(name); }

  template <typename Widget>
  static Widget& child(QDialog& dialog, const char* name) {
    auto* found = dialog.findChild<Widget*>(name);
    if (!found) qFatal("there is no %s", name);
    return *found;
  }

  std::unique_ptr<ExportDialog> dialog(const QString& path) {
    auto made = std::make_unique<ExportDialog>(demo_checkpoint(), seed(), *jobs_, *device_, "cpu", 1);
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
  void init() {
    jobs_ = std::make_unique<JobRunner>();
    device_ = std::make_unique<JobRunner>();
  }

  // How long the window's thread takes for it is for bench_window to say.
  void sizes_of_the_full_size_model_follow_the_choice_of_parts() {
    const auto checkpoint = octet::test::full_size();
    ExportDialog dialog(checkpoint, resolve(plan_of("seed", Precision::bf16), checkpoint->layers()), *jobs_,
                        *device_, "cpu", 1);
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
    QVERIFY2(text.contains(QString(": %1 % of the").arg(part, 0, 'f', 0)), qPrintable(text));
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
    QVERIFY(after(*device_, 1) != after(*jobs_, 2));
    ExportDialog dialog(demo_checkpoint(), seed(), *jobs_, *device_, "cpu", 2);
    dialog.setFile(file("threads.safetensors"));
    dialog.setComponents({"mel2wav"});
    dialog.start();
    QVERIFY(ends(dialog, State::verified));
    QCOMPARE(after(*device_, {}), after(*jobs_, 2));
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
    device_->run(
        "a synthesis", this, [&](const JobControl&) { return go.acquire(), 0; }, [](int) {});
    QStringList on_device;
    connect(device_.get(), &JobRunner::queued, this,
            [&](JobRunner::Id, const QString& title) { on_device << title; });
    dialog->start();
    QVERIFY(ends(*dialog, State::verifying));
    QTRY_COMPARE(jobs_->pending(), 0);
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

    child<QPushButton>(*dialog, "exportPythonAction").click();
    QCOMPARE(QApplication::clipboard()->text(), python_that_loads(path.toStdString()));
    opened_.clear();
    QDesktopServices::setUrlHandler("file", this, "open");
    child<QPushButton>(*dialog, "exportPlaceAction").click();
    QDesktopServices::unsetUrlHandler("file");
    QCOMPARE(opened_.toLocalFile(), folder_.path());
  }

  void the_line_of_python_gives_the_float_weights() {
    const QString python = OCTET_SOURCE_DIR "/.deps/venv/bin/python";
    if (!QFileInfo::exists(python)) QSKIP("packaging/setup was not run: there is no Python with torch");
    const auto path = file("for \"python\" é.safetensors");
    const auto export_ = prepare_export(demo_checkpoint(), seed(), {"mel2wav"});
    write_export(export_, path.toStdString(), {});
    const auto exported = Checkpoint::open(path.toStdString());
    // Weight times scale, summed here.
    const std::string name = "mel2wav.ups.0.weight";
    const auto weight = exported->tensor(name), scale = exported->tensor(name + "_scale");
    QCOMPARE(weight.dtype, Dtype::i8);
    const auto inner = weight.shape[2], outputs = weight.shape[1];
    const auto steps = scale.read(), values = weight.read();
    double expected = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      float step = 0;
      const auto channel = (std::int64_t(i) / inner) % outputs;
      std::memcpy(&step, steps.data() + channel * std::int64_t(sizeof(step)), sizeof(step));
      expected += double(float(static_cast<std::int8_t>(values[i])) * step);
    }

    QDir(folder_.path()).mkpath("stand-in/safetensors");
    QFile stand_in(file("stand-in/safetensors/torch.py"));
    QVERIFY(stand_in.open(QIODevice::WriteOnly));
    stand_in.write(kLoadFile);
    stand_in.close();
    QProcess process;
    process.start(
        python, {"-c", "import sys\ntry:\n import safetensors.torch\nexcept ImportError:\n sys.path.append(" +
                           QString("r'%1')\n").arg(file("stand-in")) + python_that_loads(path.toStdString()) +
                           "\nprint(len(W), W['mel2wav.ups.0.weight'].double().sum().item())"});
    QVERIFY(process.waitForFinished(120000));
    const auto said = QString::fromUtf8(process.readAllStandardOutput()).split(' ');
    QVERIFY2(said.size() == 2, process.readAllStandardError().constData());
    int weights = 0;
    for (const auto& tensor : export_.tensors) weights += !tensor.name.ends_with("_scale");
    QCOMPARE(said[0].toInt(), weights);
    QVERIFY2(std::abs(said[1].toDouble() - expected) < 1e-9 * std::max(1.0, std::abs(expected)),
             qPrintable(QString("%1 %2").arg(said[1]).arg(expected, 0, 'g', 17)));
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
      ExportDialog dialog(checkpoint, seed(), *jobs_, *device_, "cpu", 1);
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
    ExportDialog dialog(held, seed(), *jobs_, *device_, {}, 1);
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
    ExportDialog dialog(held, seed(), *jobs_, *device_, {}, 1);
    dialog.setFile(place.filePath("out.safetensors"));
    JobRunner::Id id = 0;
    connect(jobs_.get(), &JobRunner::queued, this, [&](JobRunner::Id queued) { id = queued; });
    dialog.start();
    held->wait_for_the_midst();
    const auto& left = child<QLabel>(dialog, "exportTimeLeft");
    const auto half_done = [&] { Q_EMIT jobs_->progressed(id, {"writing, MB", 5, 10}); };
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
    ExportDialog dialog(held, seed(), *jobs_, *device_, {}, 1);
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
    QTRY_COMPARE(jobs_->pending(), 0);
    QVERIFY(left_in(place.path()).isEmpty());
  }

  // It waits behind a job that takes its time: giving up does not.
  void cancelling_what_has_not_begun_is_at_once() {
    QTemporaryDir place;
    auto dialog = this->dialog(place.filePath("out.safetensors"));
    std::binary_semaphore go{0};
    jobs_->run(
        "before", this, [&](const JobControl&) { return go.acquire(), 0; }, [](int) {});
    dialog->start();
    dialog->cancel();
    QCOMPARE(dialog->state(), State::choosing);
    go.release();
    QTRY_COMPARE(jobs_->pending(), 0);
    QCOMPARE(dialog->state(), State::choosing);
    QVERIFY(left_in(place.path()).isEmpty());
  }

  void going_away_while_it_writes_leaves_nothing() {
    QTemporaryDir place;
    const auto held = std::make_shared<HeldCheckpoint>();
    auto dialog = std::make_unique<ExportDialog>(held, seed(), *jobs_, *device_, "cpu", 1);
    dialog->setFile(place.filePath("out.safetensors"));
    dialog->start();
    held->wait_for_the_midst();
    dialog.reset();
    held->let_go();
    QTRY_COMPARE(jobs_->pending(), 0);
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
