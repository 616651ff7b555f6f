#include "ui/study/studied_clips.h"

#include <limits>

namespace octet::ui {
namespace {

// As octet study sensitivity takes of the demo's: minutes on two cores.
constexpr int kFirstClips = 3;
constexpr double kFirstSeconds = 1.5;
constexpr double kMostSeconds = 3600;

}  // namespace

StudiedClips::StudiedClips(std::vector<Clip> clips, QWidget* parent)
    : QListWidget(parent), all_(std::move(clips)) {
  setObjectName("studyClips");
  setAccessibleName(tr("Clips"));
  for (const auto& clip : all_) {
    auto* item = new QListWidgetItem(clip.name, this);
    item->setFlags(item->flags() | Qt::ItemIsUserCheckable);
    item->setCheckState(count() <= kFirstClips ? Qt::Checked : Qt::Unchecked);
    item->setToolTip(clip.text.toHtmlEscaped());
  }
  if (count() > 0) setCurrentRow(0);
}

std::vector<Clip> StudiedClips::chosen() const {
  std::vector<Clip> chosen;
  for (int row = 0; row < count(); ++row)
    if (item(row)->checkState() == Qt::Checked) chosen.push_back(all_[static_cast<std::size_t>(row)]);
  return chosen;
}

StudiedSeconds::StudiedSeconds(QWidget* parent) : QDoubleSpinBox(parent) {
  setObjectName("studySeconds");
  setRange(0, kMostSeconds);
  setDecimals(1);
  setSingleStep(0.5);
  setSuffix(QStringLiteral(" s"));
  setSpecialValueText(tr("all of it"));
  setValue(kFirstSeconds);
}

double StudiedSeconds::seconds() const {
  return value() == 0 ? std::numeric_limits<double>::infinity() : value();
}

}  // namespace octet::ui
