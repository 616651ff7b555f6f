// What becomes of files that come to the window, and which go from it.

#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLocale>
#include <QMenu>
#include <QMimeData>
#include <algorithm>

#include "core/held_file.h"
#include "core/synthesis/captured.h"
#include "ui/document/file_kind.h"
#include "ui/theme/path_row.h"
#include "ui/theme/shown_path.h"
#include "ui/workbench/main_window.h"
#include "ui/workbench/message_bar.h"

namespace octet::ui {
namespace {

std::filesystem::path path_of(const QString& path) { return std::filesystem::path(path.toStdString()); }

bool is_document(FileKind kind) { return kind == FileKind::checkpoint || kind == FileKind::session; }

}  // namespace

void MainWindow::open(const QStringList& paths) {
  std::vector<Incoming> files;
  bool all_known = true;
  for (const auto& path : paths) {
    const auto kind = QFileInfo(path).isDir() ? std::nullopt : kind_by_name(path_of(path));
    all_known = all_known && kind;
    files.push_back({path, kind.value_or(FileKind::checkpoint)});
  }
  if (all_known) return take(files);
  workbench_.lanes().analysis.run(
      tr("Look into %1").arg(QFileInfo(paths.front()).fileName()), this,
      [files](const JobControl&) {
        std::vector<Incoming> known;
        for (const auto& file : files) {
          const auto utterances = captured_utterances(path_of(file.path));
          for (const auto& folder : utterances)
            known.push_back({QString::fromStdString(folder.string()), FileKind::clip});
          if (utterances.empty()) known.push_back({file.path, kind_of(path_of(file.path))});
        }
        return known;
      },
      [this](const std::vector<Incoming>& known) { take(known); });
}

/// What else came is for the document that came with it.
void MainWindow::take(std::vector<Incoming> files) {
  const auto others = std::ranges::partition(files, &is_document, &Incoming::kind);
  const auto documents = files.size() - others.size();
  if (documents > 1)
    return messages_->say(MessageBar::Kind::problem,
                          tr("One checkpoint or session can be open; these are %1.").arg(documents),
                          tr("Open one of them, with the clips and voices for it."));
  const auto take_others = [this, rest = std::vector(others.begin(), others.end())] {
    for (const auto& [path, kind] : rest) {
      if (kind == FileKind::plan) openPlan(path);
      if (kind == FileKind::sensitivity) workbench_.openSensitivity(path_of(path));
      if (kind == FileKind::pairs) workbench_.openPairs(path_of(path));
      if (kind == FileKind::risk) openRisk(path);
      if (kind == FileKind::calibration) workbench_.openCalibration(path_of(path));
      if (kind == FileKind::clip) workbench_.addClip(path_of(path));
      if (kind == FileKind::voice) workbench_.addVoice(path_of(path));
    }
  };
  if (documents == 0) return take_others();
  const auto& [path, kind] = files.front();
  kind == FileKind::session ? document_->openSession(path, take_others)
                            : document_->openCheckpoint(path, take_others);
}

void MainWindow::chooseFile() {
  const auto path = QFileDialog::getOpenFileName(
      this, tr("Open"), {},
      tr("Checkpoints (*.safetensors *.pt);;Sessions (*.octet);;Plans (*.plan.json *.json);;"
         "Calibrations (*.calibration);;All files (*)"));
  if (!path.isEmpty()) open({path});
}

void MainWindow::chooseClip() {
  const auto path = QFileDialog::getOpenFileName(
      this, tr("Add something to speak"), {},
      tr("Sound and tokens (*.wav *.flac *.ogg *.npy *.safetensors *.pt *.txt *.json);;All files (*)"));
  if (!path.isEmpty()) workbench_.addClip(path_of(path));
}

void MainWindow::chooseVoice() {
  const auto path = QFileDialog::getOpenFileName(
      this, tr("Add a voice"), {},
      tr("Sound and conditioning (*.wav *.flac *.ogg *.safetensors *.pt);;All files (*)"));
  if (!path.isEmpty()) workbench_.addVoice(path_of(path));
}

void MainWindow::openPlan(const QString& path) {
  if (path.isEmpty() || !workbench_.editor()) return;
  const auto name = QFileInfo(path).fileName();
  workbench_.lanes().analysis.run(
      tr("Open %1").arg(name), workbench_.editor(),
      [path](const JobControl&) {
        auto plan = parse_plan(HeldFile::open(path_of(path))->text(), path.toStdString());
        if (plan.name.empty()) plan.name = QFileInfo(path).baseName().toStdString();
        return plan;
      },
      [editor = workbench_.editor(), name](const PrecisionPlan& plan) {
        editor->setPlan(plan, tr("the plan %1").arg(name));
      });
}

void MainWindow::savePlan(const QString& path) {
  if (!workbench_.editor()) return;
  const auto chosen =
      path.isEmpty() ? asked_for_file(this, tr("Save the plan"), "plan.plan.json", tr("Plans (*.plan.json)"))
                     : path;
  if (chosen.isEmpty()) return;
  write(chosen,
        [plan = workbench_.editor()->plan()] { return QByteArray::fromStdString(format_plan(plan)); });
}

void MainWindow::removeLastPlan() {
  const auto& slots = workbench_.planSlots();
  if (slots.size() <= 2) return;
  const auto name = slots.back().name();
  const auto plan = slots.back().editor->plan();
  workbench_.removeLastSlot();
  messages_->offer(MessageBar::Of::document, tr("Plan %1 was removed.").arg(name), {}, tr("Bring it back"),
                   [this, plan] {
                     if (!workbench_.editor()) return;
                     workbench_.addSlot();
                     workbench_.editor()->setPlan(plan, tr("the plan that was removed"));
                   });
}

void MainWindow::begin(const QString& file, const QString& folder, int minutes) {
  document_->keepSafe(folder, std::chrono::minutes(minutes));
  if (file.isEmpty()) {
    if (!document_->recover()) document_->openDemo();
    return;
  }
  open({file});
  const auto left = document_->left();
  if (!left) return;
  messages_->offer(MessageBar::Of::program, tr("There is work from before a crash."),
                   tr("Its safety copy is from %1, and is kept until you open it.")
                       .arg(QLocale().toString(*left, QLocale::ShortFormat)),
                   tr("Open it"), [this] {
                     if (!document_->recover())
                       messages_->say(MessageBar::Kind::hint, tr("There is nothing left to open."),
                                      tr("Another window has opened that work by now."));
                   });
}

void MainWindow::fillRecent() {
  recent_->clear();
  for (const auto& path : recent_files_.files())
    recent_->addAction(shown_path(path), this, [this, path] { open({path}); });
  if (recent_->isEmpty()) recent_->addAction(tr("Nothing was opened yet"))->setEnabled(false);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  QStringList paths;
  for (const auto& url : event->mimeData()->urls())
    if (url.isLocalFile()) paths << url.toLocalFile();
  if (!paths.isEmpty()) open(paths);
}

}  // namespace octet::ui
