#pragma once

#include <QMainWindow>
#include <QSettings>
#include <functional>

#include "core/metrics/blind_test.h"
#include "ui/document/document_file.h"
#include "ui/document/file_kind.h"
#include "ui/listen/sound_system.h"
#include "ui/plots/chart_file.h"
#include "ui/session/recent_files.h"
#include "ui/timeline/timeline.h"
#include "ui/workbench/workbench.h"

class QDialog;
class QMenu;
class QPushButton;
class QToolBar;

namespace octet::ui {

class BlindTestDialog;
struct ClipLine;
class ClipsPanel;
class ExportDialog;
class JobsPanel;
class LayerInspector;
class ListenPanel;
class MeasuresPanel;
class MemoryReadout;
class MessageBar;
class ModelTreePanel;
class RisksDialog;
class SlotTabs;
class SpectrogramPanel;

/// The window: panels around one workbench, and the commands that act on it.
class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  /// Tests hand in a sound system of theirs.
  explicit MainWindow(std::unique_ptr<SoundSystem> sound = nullptr, QWidget* parent = nullptr);
  ~MainWindow() override;

  Workbench& workbench() { return workbench_; }
  ModelTreePanel& modelTree() { return *tree_; }
  LayerInspector& inspector() { return *inspector_; }
  ListenPanel& listen() { return *listen_; }
  SpectrogramPanel& spectrogram() { return *spectrogram_; }
  MeasuresPanel& measures() { return *measures_; }
  Timeline& timeline() { return timeline_; }
  MessageBar& messages() { return *messages_; }
  DocumentFile& document() { return *document_; }

  /// Checkpoints, sessions, plans, things to speak and voices, told apart by their names and what they hold.
  /// A document is opened first and the others are taken into it; two documents are refused.
  void open(const QStringList& paths);
  /// The dialog that exports the current plan; it deletes itself.
  ExportDialog* exportPlan();
  /// Of A and the current plan.
  void showPlanDiff();
  /// The dialog that asks what to calibrate on; it deletes itself.
  void askToCalibrate();
  /// The dialog that asks what to judge plans on; it deletes itself.
  void askToValidate();
  /// The dialog that asks what to study; it deletes itself.
  void askToStudy();
  /// The dialog that asks which of the study's layers to put together; it deletes itself.
  void askToStudyPairs();
  /// The front of automatic plans of the study that is shown; it deletes itself.
  void showFront();
  /// The dialog that looks at risks one by one; it stays beside the window, and deletes itself.
  RisksDialog* showRisks();
  /// The dialog in which the current clip's runs of A and the current plan are told apart by ear; it deletes
  /// itself. Tests hand in a sound system of theirs.
  BlindTestDialog* testBlind(std::unique_ptr<SoundSystem> sound = nullptr);
  /// What octet study risk -o or that dialog wrote.
  void openRisk(const QString& path);
  /// No larger than the screen has room for.
  void fitScreen();
  /// Size, panels and sound device as they were when a window was last closed on this computer; the first
  /// time it fits the screen.
  void restoreAsLeft();
  /// Panels where they were at first, in proportion to the window.
  void resetLayout();
  /// The layer that is chosen in the tree, beside the measures.
  void inspectLayer();
  /// What to do first, above the work.
  void showWelcome();
  /// Asks for a place when `path` is empty.
  void savePlan(const QString& path);
  /// What is heard, as it was made, in a WAV file, or where the name ends so a FLAC file. Asks for a place
  /// when `path` is empty.
  void saveSound(const QString& path);
  /// As octet compare --json. Asks for a place when `path` is empty.
  void saveReport(const QString& path);
  void openPlan(const QString& path);
  /// Of more than two; it is offered to bring it back.
  void removeLastPlan();
  /// Keeps a safety copy in `folder` from now on, every so many minutes. What a crash left there is opened,
  /// or, where `file` was asked for, offered beside it; without both the demo voice is opened.
  void begin(const QString& file, const QString& folder, int minutes);

 protected:
  /// Writes what a panel or a dialog asks for (WriteRequest), in the background.
  bool event(QEvent* event) override;
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  struct Incoming {
    QString path;
    FileKind kind;
  };

  void take(std::vector<Incoming> files);
  void showPairs(const std::shared_ptr<const LayerPairs>& study, const QString& name);
  void chooseFile();
  void chooseClip();
  void chooseVoice();
  void choosePreset(const PrecisionPlan& plan);
  void makePanels(std::unique_ptr<SoundSystem> sound);
  void makeActions();
  void makeFileMenu();
  void makeEditMenu();
  QMenu* makePlanMenu();
  QMenu* makeRunMenu();
  void makeTools(QMenu* plan);
  void addDevice(QToolBar& tools);
  void connectWorkbench();
  void connectPanels();
  void fillSlots();
  void fillRecent();
  void connectDocument();
  void showDocument();
  void setLayout(const Session& session);
  void rememberLayout();
  void keep(QDialog& dialog);
  void takePlan(int slot, const PrecisionPlan& plan, const QString& text);
  void tell(const Error& error);
  void showTitle();
  void showPlan();
  void editShownPlan();
  void showInvitation();
  void showRuns();
  ClipLine lineOf(const Clip& clip) const;
  void showClips();
  void showClip(int clip);
  using FileWriter = std::function<void(const std::filesystem::path&)>;
  /// Onto no input, on the lane that closing waits for. `ended` is told as long as `from` is there; else the
  /// window says what went wrong.
  void write(const QString& path, const FileContent& content, const QPointer<QObject>& from = {},
             WriteEnd ended = {});
  void writeBy(FileWriter write, const QString& path, const QPointer<QObject>& from = {},
               WriteEnd ended = {});
  /// Waits for what is being written. False where that fails: it is read before the window goes.
  bool filesWritten();
  void showPreferences();
  void showReport();
  void saveBlindTest(BlindTestDialog& dialog, const QString& path);
  void showBlindTests();
  void showValidations();
  void showMeasured(int place);
  void showOtherTake();
  void fillEarlier(QMenu& menu);
  void showEarlier(int edits_ago);
  void jumpTo(const std::string& clip, int run, double seconds);

  static constexpr int kLayoutVersion = 3;  ///< of which panels there are

  Workbench workbench_;
  Timeline timeline_;
  MessageBar* messages_ = nullptr;
  MemoryReadout* memory_ = nullptr;
  ModelTreePanel* tree_ = nullptr;
  ClipsPanel* clips_ = nullptr;
  ListenPanel* listen_ = nullptr;
  SpectrogramPanel* spectrogram_ = nullptr;
  MeasuresPanel* measures_ = nullptr;
  LayerInspector* inspector_ = nullptr;
  JobsPanel* jobs_ = nullptr;
  SlotTabs* slots_bar_ = nullptr;
  QPushButton* plan_button_ = nullptr;
  QByteArray first_layout_;
  QSettings settings_;
  RecentFiles recent_files_{settings_};
  DocumentFile* document_ = nullptr;
  QMenu* recent_ = nullptr;
  bool write_failed_ = false;
};

}  // namespace octet::ui
