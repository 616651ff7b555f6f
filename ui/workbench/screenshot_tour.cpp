#include "ui/workbench/screenshot_tour.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDialog>
#include <QDir>
#include <QDockWidget>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QTimer>
#include <QTreeView>
#include <QTreeWidget>
#include <cstdio>

#include "ui/blind_test/blind_test_dialog.h"
#include "ui/export/export_dialog.h"
#include "ui/inspector/layer_inspector.h"
#include "ui/language/translator.h"
#include "ui/listen/listen_panel.h"
#include "ui/measures/measures_panel.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/risks/risks_dialog.h"
#include "ui/spectrogram/spectrogram_panel.h"
#include "ui/study/front_chart.h"
#include "ui/study/front_dialog.h"
#include "ui/study/pairs_dialog.h"
#include "ui/study/pairs_question.h"
#include "ui/study/sensitivity_dialog.h"
#include "ui/theme/theme.h"
#include "ui/validation/validate_dialog.h"
#include "ui/workbench/main_window.h"
#include "ui/workbench/message_bar.h"
#include "ui/workbench/screenshot_props.h"

namespace octet::ui {
namespace {

class Tour {
 public:
  explicit Tour(const QDir& folder) : folder_(folder), window_(std::make_unique<PicturedSound>()) {}

  bool take(const QString& panel, QWidget& what) {
    settle();
    if (const auto place = home_.given_away(what); !place.isEmpty()) {
      std::fprintf(stderr, "octet-workbench: %s would show %s\n", qPrintable(panel), qPrintable(place));
      return false;
    }
    auto picture = window_.grab();
    if (&what != &window_) {
      QPainter painter(&picture);
      painter.fillRect(QRect(QPoint(), size_), QColor(0, 0, 0, 90));  // as a desktop dims what waits
      const auto dialog = what.grab();
      painter.drawPixmap((size_.width() - what.width()) / 2, (size_.height() - what.height()) / 2, dialog);
    }
    return save(panel, picture);
  }

  bool run() {
    window_.show();
    QObject::connect(&window_.workbench(), &Workbench::problem, &window_,
                     [this](const QString& message) { failure_ = message; });
    return in_all_looks("empty", window_) && picture_beginning() && picture_layers() && picture_sound() &&
           picture_measures() && picture_blind_test() && picture_export() && picture_validation() &&
           picture_studies() && picture_risks() && picture_plans() && picture_verdict() &&
           picture_unsaved_work() && picture_other_language();
  }

 private:
  /// False, and said, where it failed or takes too long.
  bool did(const std::function<bool()>& done) {
    if (work_until([&] { return done() || !failure_.isEmpty(); }) && failure_.isEmpty()) return true;
    std::fprintf(stderr, "octet-workbench: %s\n",
                 failure_.isEmpty() ? "this takes too long" : qPrintable(failure_));
    return false;
  }

  bool save(const QString& panel, const QPixmap& picture) const {
    const auto name = QStringLiteral("%1-%2x%3-%4.png")
                          .arg(panel)
                          .arg(picture.width())
                          .arg(picture.height())
                          .arg(brightness() == Brightness::dark ? "dark" : "light");
    if (picture.save(folder_.filePath(name))) return true;
    std::fprintf(stderr, "octet-workbench: cannot write %s\n", qPrintable(folder_.filePath(name)));
    return false;
  }

  bool picture_beginning() {
    auto& workbench = window_.workbench();
    workbench.openDemo();
    if (!did([&] { return workbench.checkpoint() != nullptr; })) return false;
    window_.showWelcome();
    if (!in_all_looks("first-steps", window_)) return false;
    window_.messages().clear();
    workbench.synthesize();
    if (!did([&] { return workbench.runs().size() == 1; }) || !in_all_looks("synthesizing", window_))
      return false;
    if (!did([&] { return !workbench.synthesizing() && workbench.lanes().analysis.pending() == 0; }))
      return false;
    workbench.setCurrentClip(1);
    workbench.synthesize();
    if (!did([&] { return !workbench.synthesizing(); })) return false;
    workbench.setCurrentClip(0);
    const auto& lanes = workbench.lanes();
    if (!did([&] { return lanes.analysis.pending() == 0 && lanes.looks.pending() == 0; })) return false;
    auto& player = window_.listen().player();
    player.play();  // as somebody would have by now: what it is heard at is known
    player.pause();
    player.seek(1.2);
    player.switchTo(1);
    return in_all_looks("workbench", window_) && picture_large_screen();
  }

  bool picture_layers() {
    window_.modelTree().revealLayer("mel2wav.resblocks.0.convs1.0");
    if (!in_all_looks("model-tree", window_)) return false;
    in_front_ = window_.findChild<QDockWidget*>("layerDock");
    window_.inspectLayer();
    for (const auto& [section, name] : {std::pair(LayerInspector::Section::weights, "layer-weights"),
                                        {LayerInspector::Section::channels, "layer-channels"}}) {
      window_.inspector().showSection(section);
      if (!did([&] { return window_.workbench().lanes().looks.pending() == 0; })) return false;
      if (!in_all_looks(name, window_)) return false;
    }
    in_front_ = nullptr;
    const std::unique_ptr<QMenu> choices(window_.modelTree().precisionMenu());
    choices->popup({});
    const bool pictured = in_all_looks("precision-menu", *choices);
    choices->close();
    auto* search = window_.modelTree().findChild<QLineEdit*>("layerSearch");
    search->setText("attn1.to_?");
    const bool found = in_all_looks("layer-search", window_);
    search->clear();
    return pictured && found;
  }

  bool picture_sound() {
    in_front_ = window_.findChild<QDockWidget*>("clipsDock");
    window_.spectrogram().setView(SpectrogramPanel::View::recorded);
    if (!did([&] { return window_.workbench().lanes().analysis.pending() == 0; })) return false;
    window_.timeline().setPointer(3.0);
    if (!in_all_looks("clips", window_)) return false;
    window_.timeline().setPointer({});
    in_front_ = nullptr;
    auto& player = window_.listen().player();
    auto& waveform = *window_.findChild<WaveformView*>();
    waveform.magnify(3);
    window_.spectrogram().setView(SpectrogramPanel::View::difference);
    player.setLoop(1.1, 1.5);
    if (!did([&] { return window_.workbench().lanes().analysis.pending() == 0; })) return false;
    if (!in_all_looks("spectrogram-difference", window_)) return false;
    waveform.magnify(-3);
    player.clearLoop();
    window_.spectrogram().setView(SpectrogramPanel::View::all);
    return true;
  }

  bool picture_measures() {
    auto& workbench = window_.workbench();
    workbench.timePlans();
    if (!did([&] { return !workbench.timings().active(); })) return false;
    for (const auto& [section, name] : {std::pair(MeasuresPanel::Section::steps, "measures-steps"),
                                        {MeasuresPanel::Section::noise, "measures-noise"},
                                        {MeasuresPanel::Section::voice, "measures-voice"},
                                        {MeasuresPanel::Section::cost, "measures-cost"}}) {
      window_.measures().showSection(section);
      if (!in_all_looks(name, window_)) return false;
    }
    window_.measures().showSection(MeasuresPanel::Section::scores);
    return true;
  }

  /// Of as many clips as a verdict needs, in a few steps each.
  bool picture_verdict() {
    constexpr int kClips = 6, kSteps = 2;
    auto& workbench = window_.workbench();
    auto settings = workbench.settings();
    settings.steps = kSteps;
    workbench.setSettings(settings);
    for (int clip = kClips - 1; clip >= 0; --clip) {
      workbench.setCurrentClip(clip);
      workbench.synthesize();
      if (!did([&] { return !workbench.synthesizing() && workbench.lanes().analysis.pending() == 0; }))
        return false;
    }
    in_front_ = window_.findChild<QDockWidget*>("clipsDock");
    const bool good = in_all_looks("verdict", window_);
    in_front_ = nullptr;
    return good;
  }

  /// A trial of a test that is about to be half way, and what another came to.
  bool picture_blind_test() {
    constexpr int kTrials = 12;
    for (const auto& [answers, name] : {std::pair(5, "blind-test"), {kTrials, "blind-test-result"}}) {
      window_at(QSize(1280, 800), Appearance::light);
      auto* test = window_.testBlind(std::make_unique<PicturedSound>());
      test->start();
      const auto hear_x = [&] { test->findChild<QPushButton*>("hearX")->click(); };
      for (int trial = 0; trial < answers; ++trial) {
        hear_x();
        test->findChild<QPushButton*>(trial % 3 == 0 ? "xIsA" : "xIsB")->click();
      }
      if (answers < kTrials) hear_x();
      if (!in_all_looks(name, *test)) return false;
      delete test;
    }
    return true;
  }

  bool picture_export() {
    window_at(QSize(1280, 800), Appearance::light);
    auto* dialog = window_.exportPlan();
    dialog->setFile(home_.file("s3gen_demo-seed.safetensors"));
    bool good = in_all_looks("export", *dialog);
    dialog->setFormat(ExportFormat::compressed_tensors);
    good = good && in_all_looks("export-refused", *dialog);
    dialog->setFormat(ExportFormat::octet);
    dialog->findChild<QCheckBox*>("exportCardToo")->setChecked(true);
    dialog->start();
    if (!did([&] { return dialog->state() == ExportDialog::State::verified; })) return false;
    good = good && in_all_looks("export-verified", *dialog);
    dialog->close();
    return good;
  }

  bool picture_validation() {
    window_at(QSize(1280, 800), Appearance::light);
    window_.askToValidate();
    auto* validation = window_.findChild<ValidateDialog*>();
    validation->findChild<QLineEdit*>("validationSet")->setText(home_.clips());
    if (!did([&] { return window_.workbench().lanes().places.pending() == 0; })) return false;
    const bool good = in_all_looks("validate", *validation);
    validation->close();
    return good;
  }

  /// What rounding each layer does, and the plans that are made of it.
  bool picture_studies() {
    auto& workbench = window_.workbench();
    window_at(QSize(1280, 800), Appearance::light);
    window_.askToStudy();
    auto* question = window_.findChild<SensitivityDialog*>();
    const bool good = in_all_looks("study", *question);
    question->close();
    workbench.studySensitivity({.name = "all layers",
                                .clips = {workbench.clips().front()},
                                .seconds = 1,
                                .layers = "*",
                                .effort = Effort::fast,
                                .result = home_.file("s3gen_demo.sensitivity.json").toStdString()});
    if (!good || !did([&] { return workbench.study().has_value(); })) return false;
    window_.messages().clear();
    window_.modelTree().revealLayer("mel2wav.resblocks.0.convs1.0");
    if (!in_all_looks("damages", window_)) return false;
    window_at(QSize(1280, 800), Appearance::light);
    window_.showFront();
    auto* front = window_.findChild<FrontDialog*>();
    const auto* chart = front->findChild<FrontChart*>();
    const auto ready = [&] { return !chart->isEmpty() && workbench.lanes().analysis.pending() == 0; };
    if (!did(ready) || !in_all_looks("front", *front)) return false;
    front->close();
    return picture_pairs();
  }

  bool picture_pairs() {
    auto& workbench = window_.workbench();
    window_at(QSize(1280, 800), Appearance::light);
    window_.askToStudyPairs();
    auto* question = window_.findChild<PairsQuestionDialog*>();
    if (!in_all_looks("study-pairs", *question)) return false;
    question->close();
    workbench.studyPairs({.clips = {workbench.clips().front()},
                          .seconds = 1,
                          .layers = "*",
                          .most = 8,
                          .result = home_.file("s3gen_demo.pairs.json").toStdString()});
    if (!did([&] { return window_.findChild<PairsDialog*>() != nullptr; })) return false;
    window_.messages().clear();
    auto* pairs = window_.findChild<PairsDialog*>();
    if (!in_all_looks("pairs", *pairs)) return false;
    pairs->close();
    return true;
  }

  bool picture_risks() {
    auto* risks = window_.showRisks();
    for (const auto& [kind, name] : {std::pair(RiskKind::istft, "risk-istft"),
                                     {RiskKind::snake, "risk-snake"},
                                     {RiskKind::noise, "risk-noise"},
                                     {RiskKind::pitch, "risk-pitch"}}) {
      risks->findChild<QComboBox*>("risk")->setCurrentIndex(static_cast<int>(kind));
      risks->findChild<QPushButton*>("measureRisk")->click();
      if (!did([&] { return window_.workbench().lanes().device.pending() == 0; })) return false;
      if (!in_all_looks(name, *risks)) return false;
    }
    return risks->close();
  }

  bool picture_plans() {
    window_at(QSize(1280, 800), Appearance::light);
    window_.showPlanDiff();
    auto* difference = window_.findChild<QDialog*>("planDiff");
    auto* groups = difference->findChild<QTreeWidget*>("planDifferences");
    groups->topLevelItem(groups->topLevelItemCount() - 1)->setExpanded(true);
    bool good = in_all_looks("plan-difference", *difference);
    difference->findChild<QComboBox*>("planDiffGrouping")->setCurrentIndex(1);
    good = good && in_all_looks("plan-difference-rules", *difference);
    difference->close();
    return good;
  }

  bool picture_unsaved_work() {
    window_at(QSize(1280, 800), Appearance::light);
    window_.modelTree().revealLayer("mel2wav.ups.0");
    window_.modelTree().choose(Precision::fp32);
    bool good = false;
    QTimer::singleShot(0, &window_, [&] {
      auto* question = qobject_cast<QDialog*>(QApplication::activeModalWidget());
      good = question && in_all_looks("unsaved-work", *question);
      if (question) question->reject();
    });
    return !window_.document().maybeSave() && good;
  }

  /// As on a screen with twice as many points an inch.
  bool picture_large_screen() {
    constexpr int kScale = 2;
    window_at(QSize(1920, 1080), Appearance::light);
    QPixmap picture(window_.size() * kScale);
    picture.setDevicePixelRatio(kScale);
    window_.render(&picture);
    return save(QStringLiteral("workbench"), picture);
  }

  /// Where everything has strange letters, brackets and a third more of them: what is not, is not translated.
  bool picture_other_language() {
    PseudoTranslator translator;
    QApplication::installTranslator(&translator);
    MainWindow window(std::make_unique<PicturedSound>());
    apply_appearance(Appearance::light);
    window.show();
    window.workbench().openDemo();
    if (!did([&] { return window.workbench().checkpoint() != nullptr; })) return false;
    window.workbench().synthesize();
    if (!did([&] {
          return !window.workbench().synthesizing() && window.workbench().lanes().analysis.pending() == 0;
        }))
      return false;
    for (const auto size : {QSize(1440, 900), QSize(1920, 1080)}) {
      window.resize(size);
      settle();
      window.resetLayout();
      settle();
      if (!save(QStringLiteral("other-language"), window.grab())) return false;
    }
    return true;
  }

  bool window_at(QSize size, Appearance appearance) {
    size_ = size;
    apply_appearance(appearance);
    window_.resize(size);
    settle();
    window_.resetLayout();
    if (in_front_) in_front_->raise();
    settle();
    return true;
  }

  bool in_all_looks(const QString& panel, QWidget& what) {
    for (const auto appearance : {Appearance::light, Appearance::dark})
      for (const auto size : {QSize(1280, 800), QSize(1920, 1080)})
        if (!window_at(size, appearance) || !take(panel, what)) return false;
    return true;
  }

  PicturedHome home_;  // before there is a window
  QDir folder_;
  QSize size_;
  QString failure_;
  QDockWidget* in_front_ = nullptr;  ///< of its tabs, where it is not the first
  MainWindow window_;
};

}  // namespace

int take_screenshots(const QString& folder) {
  if (!QDir().mkpath(folder)) {
    std::fprintf(stderr, "octet-workbench: cannot make the folder %s\n", qPrintable(folder));
    return static_cast<int>(ErrorKind::output);
  }
  return Tour(QDir(folder)).run() ? 0 : static_cast<int>(ErrorKind::output);
}

}  // namespace octet::ui
