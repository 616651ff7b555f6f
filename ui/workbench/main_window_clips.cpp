// What the window shows of all clips.

#include <algorithm>

#include "ui/clips/clips_panel.h"
#include "ui/listen/listen_panel.h"
#include "ui/workbench/main_window.h"

namespace octet::ui {

/// What the empty middle offers next.
void MainWindow::showInvitation() {
  if (!workbench_.checkpoint())
    return listen_->invite(tr("Choose layer by layer what becomes int8, and hear what that does.<br>"
                              "Begin with the voice that comes along, or open a checkpoint of yours:<br>"
                              "the S3Gen of a Chatterbox or CosyVoice2, .safetensors or .pt."),
                           tr("Open the demo voice"), tr("Open a checkpoint…"));
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
  ClipLine line{clip.name, clip.text, clip.tags, ClipLine::State::unspoken, clip.seconds};
  const auto runs = workbench_.runsOf(clip);
  if (line.seconds == 0 && !runs.empty()) line.seconds = runs.front()->seconds();
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

}  // namespace octet::ui
