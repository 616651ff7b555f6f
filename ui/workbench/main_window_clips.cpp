// What the window shows of all clips, and what is saved of what they became and of plots.

#include <QFileInfo>
#include <algorithm>
#include <span>

#include "core/atomic_file.h"
#include "core/audio/flac_file.h"
#include "core/output_place.h"
#include "ui/clips/clips_panel.h"
#include "ui/listen/listen_panel.h"
#include "ui/plots/chart_file.h"
#include "ui/theme/path_row.h"
#include "ui/workbench/main_window.h"
#include "ui/workbench/message_bar.h"

namespace octet::ui {

/// What the empty middle offers next.
void MainWindow::showInvitation() {
  if (!workbench_.checkpoint())
    return listen_->invite(tr("Choose layer by layer what becomes int8, and hear what that does.<br>"
                              "Begin with the voice that comes along, or open a checkpoint of yours."),
                           tr("Open the demo voice"));
  if (workbench_.synthesizing())
    return listen_->invite(tr("A is heard as soon as it is spoken, B right after."), {});
  QStringList paragraphs{
      tr("One sentence, spoken under the plans A and B:<br>hear whether you can tell them apart.")};
  const auto clip = workbench_.currentClip();
  const auto said = clip < 0 ? QString() : workbench_.clips()[static_cast<std::size_t>(clip)].text;
  if (!said.isEmpty()) paragraphs << QStringLiteral("<i>“%1”</i>").arg(said.toHtmlEscaped());
  paragraphs << tr(
      "Text is not typed here: a clip's speech tokens are made of its recording,<br>or are "
      "those of a running chatterbox, kept by octet_s3gen.capture.");
  listen_->invite(paragraphs.join(QStringLiteral("<p>")), tr("Synthesize A/B"));
}

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
  const std::filesystem::path place(chosen.toStdString());
  const bool flac = QFileInfo(chosen).suffix().compare(QLatin1String("flac"), Qt::CaseInsensitive) == 0;
  workbench_.lanes().analysis.run(
      tr("Write %1").arg(QFileInfo(chosen).fileName()), this,
      [place, flac, samples = track.samples, inputs = files_of(workbench_.session())](const JobControl&) {
        check_outputs({place}, inputs);
        const Sound sound{kSampleRate, 1, *samples};
        flac ? write_flac(place, sound) : write_wav(place, sound);
        return 0;
      },
      [](int) {});
}

bool MainWindow::event(QEvent* event) {
  if (event->type() != WriteRequest::kind()) return QMainWindow::event(event);
  const auto& request = *static_cast<const WriteRequest*>(event);
  write(request.path, request.content);
  event->accept();
  return true;
}

void MainWindow::write(const QString& path, const std::function<QByteArray()>& content) {
  workbench_.lanes().writing.run(
      tr("Write %1").arg(QFileInfo(path).fileName()), this,
      [content, place = std::filesystem::path(path.toStdString()),
       inputs = files_of(workbench_.session())](const JobControl&) {
        check_outputs({place}, inputs);
        write_file_atomically(place, [bytes = content()](const ByteSink& sink) {
          sink(std::as_bytes(std::span(bytes.constData(), static_cast<std::size_t>(bytes.size()))));
        });
        return 0;
      },
      [](int) {});
}

}  // namespace octet::ui
