// What the window writes: reports, sound, and what its panels and dialogs ask for.

#include <QCoreApplication>
#include <QFileInfo>
#include <span>

#include "core/atomic_file.h"
#include "core/audio/flac_file.h"
#include "core/output_place.h"
#include "ui/listen/listen_panel.h"
#include "ui/theme/path_row.h"
#include "ui/workbench/main_window.h"
#include "ui/workbench/message_bar.h"

namespace octet::ui {

void MainWindow::saveReport(const QString& path) {
  const auto& report = workbench_.report();
  if (!report)
    return messages_->say(MessageBar::Kind::problem, tr("nothing was measured yet"),
                          tr("synthesize a clip first"));
  const auto chosen = path.isEmpty()
                          ? asked_for_file(this, tr("Save the report"), "report.json", tr("Reports (*.json)"))
                          : path;
  if (chosen.isEmpty()) return;
  write(chosen, [report = *report] { return QByteArray::fromStdString(to_json(report)); });
}

void MainWindow::saveSound(const QString& path) {
  const auto& player = listen_->player();
  if (player.tracks().empty())
    return messages_->say(MessageBar::Kind::problem, tr("there is nothing to save yet"),
                          tr("synthesize a clip first"));
  const auto& track = player.tracks()[static_cast<std::size_t>(player.active())];
  const auto clip = workbench_.clips()[static_cast<std::size_t>(workbench_.currentClip())].name;
  const auto chosen = path.isEmpty()
                          ? asked_for_file(this, tr("Save %1").arg(track.name),
                                           clip + QLatin1Char('-') + track.name + QStringLiteral(".wav"),
                                           tr("WAV, 32-bit float (*.wav);;FLAC, 24 bit (*.flac)"))
                          : path;
  if (chosen.isEmpty()) return;
  const bool flac = QFileInfo(chosen).suffix().compare(QLatin1String("flac"), Qt::CaseInsensitive) == 0;
  const auto write_sound = [flac, samples = track.samples](const std::filesystem::path& place) {
    const Sound sound{kSampleRate, 1, *samples};
    flac ? write_flac(place, sound) : write_wav(place, sound);
  };
  writeBy(write_sound, chosen);
}

bool MainWindow::event(QEvent* event) {
  if (event->type() != WriteRequest::kind()) return QMainWindow::event(event);
  const auto& request = *static_cast<const WriteRequest*>(event);
  write(request.path, request.content, request.from, request.ended);
  event->accept();
  return true;
}

void MainWindow::write(const QString& path, const FileContent& content, const QPointer<QObject>& from,
                       WriteEnd ended) {
  const auto whole = [content](const std::filesystem::path& place) {
    write_file_atomically(place, [bytes = content()](const ByteSink& sink) {
      sink(std::as_bytes(std::span(bytes.constData(), static_cast<std::size_t>(bytes.size()))));
    });
  };
  writeBy(whole, path, from, std::move(ended));
}

void MainWindow::writeBy(FileWriter write, const QString& path, const QPointer<QObject>& from,
                         WriteEnd ended) {
  // What went wrong is a result here, so that it is told where it was asked for.
  workbench_.lanes().writing.run(
      tr("Write %1").arg(QFileInfo(path).fileName()), this,
      [write = std::move(write), place = std::filesystem::path(path.toStdString()),
       inputs = files_of(workbench_.session())](const JobControl&) {
        return outcome_of([&] {
          check_outputs({place}, inputs);
          write(place);
        });
      },
      [this, from, ended = std::move(ended)](const std::optional<Error>& error) {
        write_failed_ |= error.has_value();
        if (from && ended) return ended(error);
        if (error) tell(*error);
      });
}

bool MainWindow::filesWritten() {
  write_failed_ = false;
  auto& writing = workbench_.lanes().writing;
  writing.finish();
  QCoreApplication::sendPostedEvents(&writing);  // what came of it
  return !write_failed_;
}

}  // namespace octet::ui
