#include "ui/validation/set_view.h"

#include <QLabel>
#include <QLocale>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <optional>

#include "core/error.h"
#include "core/sets/set_balance.h"
#include "ui/language/announce.h"
#include "ui/language/sentences.h"

namespace octet::ui {
namespace {

/// What was found in a folder.
struct Found {
  std::optional<ReferenceSet> set;
  QString fault;  ///< why there is none
};

Found look_into(const std::filesystem::path& folder) {
  if (!is_reference_set(folder)) return {};
  try {
    return {read_set(folder), {}};
  } catch (const Error& error) {
    return {{}, QString::fromUtf8(error.what())};
  }
}

QString joined(const std::vector<std::string>& texts, const char* between) {
  QStringList list;
  for (const auto& text : texts) list << QString::fromStdString(text);
  return list.join(QLatin1String(between));
}

}  // namespace

SetView::SetView(JobRunner& lane, QWidget* parent)
    : QWidget(parent), lane_(lane), summary_(new QLabel), clips_(new QTreeWidget), lacks_(new QLabel) {
  summary_->setObjectName("setSummary");
  summary_->setWordWrap(true);
  clips_->setObjectName("setClips");
  clips_->setAccessibleName(tr("Clips of the set"));
  clips_->setRootIsDecorated(false);
  clips_->setUniformRowHeights(true);
  clips_->setAlternatingRowColors(true);
  clips_->setHeaderLabels({tr("Clip"), tr("Seconds"), tr("Speaker"), tr("Language"), tr("Tags"), tr("Text")});
  lacks_->setObjectName("setLacks");
  lacks_->setWordWrap(true);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins({});
  column->addWidget(summary_);
  column->addWidget(clips_, 1);
  column->addWidget(lacks_);
}

void SetView::setFolder(const std::filesystem::path& folder) {
  folder_ = folder;
  clips_->clear();
  summary_->clear();
  lacks_->clear();
  if (folder.empty()) return;
  lane_.run(
      tr("Read a set"), this, [folder](const JobControl&) { return look_into(folder); },
      [this, folder](const Found& found) {
        if (folder != folder_) return;  // another was chosen meanwhile
        if (found.set)
          showSet(*found.set);
        else
          announce(*summary_, found.fault.isEmpty()
                                  ? tr("No reference set: what sounds and captured utterances lie there are "
                                       "taken as they are. octet set new begins a set of them.")
                                  : found.fault);
      });
}

void SetView::showSet(const ReferenceSet& set) {
  for (const auto& clip : set.clips) {
    const auto text = [](const std::string& value) { return QString::fromStdString(value); };
    auto* item = new QTreeWidgetItem(
        clips_, {text(clip.file), QLocale().toString(clip.seconds, 'f', 1), text(clip.speaker),
                 text(clip.language), joined(clip.tags, ", "), text(clip.text)});
    item->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
    item->setToolTip(5, text(clip.text).toHtmlEscaped());
  }
  for (int column = 0; column < clips_->columnCount() - 1; ++column) clips_->resizeColumnToContents(column);
  const auto balance = balance_of(set);
  QStringList tags;
  for (const auto& tag : balance.tags)
    if (!tag.what.empty() && tag.what != "?" && tag.clips > 0)
      tags << QStringLiteral("%1 %2").arg(tag.clips).arg(QString::fromStdString(tag.what));
  const auto name = QString::fromStdString(set.name);
  const auto seconds = QLocale().toString(balance.all.seconds, 'f', 0);
  announce(*summary_,
           tags.isEmpty()
               ? tr("%1: %n clips, %2 s, none with a tag", nullptr, balance.all.clips).arg(name, seconds)
               : tr("%1: %n clips, %2 s, %3", nullptr, balance.all.clips).arg(name, seconds, listed(tags)));
  announce(*lacks_, balance.lacks.empty() ? QString() : tr("It lacks: %1").arg(joined(balance.lacks, "; ")));
}

}  // namespace octet::ui
