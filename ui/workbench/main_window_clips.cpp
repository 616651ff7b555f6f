// What the window shows of all clips, and what is saved of what they became.

#include <QFileDialog>
#include <QFileInfo>
#include <algorithm>
#include <span>

#include "core/atomic_file.h"
#include "core/audio/flac_file.h"
#include "core/output_place.h"
#include "ui/clips/clips_panel.h"
#include "ui/listen/listen_panel.h"
#include "ui/workbench/main_window.h"

namespace octet::ui {

ClipLine MainWindow::lineOf(const Clip& clip) const {
  ClipLine line{clip.name, clip.text, clip.tags, ClipLine::State::unspoken};
  const auto runs = workbench_.runsOf(clip);
  const auto present = std::ranges::none_of(runs, [this](const auto& run) { return workbench_.stale(*run); });
  if (!runs.empty())
    line.state = present && runs.size() == workbench_.planSlots().size() ? ClipLine::State::spoken
                                                                         : ClipLine::State::outdated;
  return line;
}

void MainWindow::showClips() {
  std::vector<ClipLine> lines;
  for (const auto& clip : workbench_.clips()) lines.push_back(lineOf(clip));
  clips_->setClips(lines, workbench_.currentClip());
}

void MainWindow::showClip(int clip) {
  clips_->setClip(clip, lineOf(workbench_.clips()[static_cast<std::size_t>(clip)]));
}

void MainWindow::saveReport(const QString& path) {
  const auto& report = workbench_.report();
  if (!report) return tell(Error(ErrorKind::usage, "nothing was measured yet", "synthesize a clip first"));
  const auto chosen = path.isEmpty() ? QFileDialog::getSaveFileName(this, tr("Save the report"),
                                                                    "report.json", tr("Reports (*.json)"))
                                     : path;
  if (chosen.isEmpty()) return;
  write(chosen, to_json(*report));
}

void MainWindow::saveSound(const QString& path) {
  const auto& player = listen_->player();
  if (player.tracks().empty())
    return tell(Error(ErrorKind::usage, "there is nothing to save yet", "synthesize a clip first"));
  const auto& track = player.tracks()[static_cast<std::size_t>(player.active())];
  const auto clip = workbench_.clips()[static_cast<std::size_t>(workbench_.currentClip())].name;
  const auto chosen = path.isEmpty() ? QFileDialog::getSaveFileName(
                                           this, tr("Save %1").arg(track.name),
                                           clip + QLatin1Char('-') + track.name + QStringLiteral(".wav"),
                                           tr("WAV, 32-bit float (*.wav);;FLAC, 24 bit (*.flac)"))
                                     : path;
  if (chosen.isEmpty()) return;
  const std::filesystem::path place(chosen.toStdString());
  workbench_.lanes().analysis.run(
      tr("Write %1").arg(QFileInfo(chosen).fileName()), this,
      [place, samples = track.samples, inputs = files_of(workbench_.session())](const JobControl&) {
        check_outputs({place}, inputs);
        const Sound sound{kSampleRate, 1, *samples};
        place.extension() == ".flac" ? write_flac(place, sound) : write_wav(place, sound);
        return 0;
      },
      [](int) {});
}

bool MainWindow::write(const QString& path, const std::string& text) {
  try {
    const std::filesystem::path place(path.toStdString());
    check_outputs({place}, files_of(workbench_.session()));
    write_file_atomically(place, [&](const ByteSink& sink) { sink(std::as_bytes(std::span(text))); });
    return true;
  } catch (const Error& error) {
    tell(error);
    return false;
  }
}

}  // namespace octet::ui
