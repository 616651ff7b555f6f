#include "ui/export/streams_dialog.h"

#include <QDialogButtonBox>
#include <QFileDialog>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "core/held_file.h"
#include "core/synthesis/stream_file.h"
#include "ui/export/export_parts.h"
#include "ui/language/announce.h"
#include "ui/language/symbols.h"
#include "ui/theme/tab_order.h"
#include "ui/theme/theme.h"

namespace octet::ui {

StreamsDialog::StreamsDialog(std::shared_ptr<const Checkpoint> checkpoint, ResolvedPlan resolved,
                             Lanes& lanes, std::string device, QWidget* parent)
    : QDialog(parent),
      checkpoint_(std::move(checkpoint)),
      resolved_(std::move(resolved)),
      lanes_(lanes),
      device_(std::move(device)),
      said_(new QLabel(tr("What one process takes of a GPU is measured, on this machine's or on another "
                          "(octet plan streams --json)."))),
      table_(new QTreeWidget) {
  setObjectName("streamsDialog");
  setWindowTitle(tr("Clips at once on a GPU under “%1”").arg(QString::fromStdString(resolved_.plan.name)));
  said_->setObjectName("streamsSaid");
  said_->setWordWrap(true);
  said_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  table_->setObjectName("streamsTable");
  table_->setAccessibleName(tr("Clips at once that fit on GPUs"));
  table_->setRootIsDecorated(false);
  QStringList header{tr("Speech"), tr("At once"), tr("One process")};
  for (const double size : kGpuGigabytes) header << with_unit(QLocale().toString(size), "GB");
  table_->setHeaderLabels(header);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  measure_ = buttons->addButton(tr("&Measure here"), QDialogButtonBox::ActionRole);
  measure_->setObjectName("measureStreams");
  open_ = buttons->addButton(tr("&Open what was measured…"), QDialogButtonBox::ActionRole);
  open_->setObjectName("openStreams");
  connect(measure_, &QPushButton::clicked, this, &StreamsDialog::measure);
  connect(open_, &QPushButton::clicked, this, &StreamsDialog::choose);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* column = new QVBoxLayout(this);
  column->setSpacing(2 * kSpacing);
  for (QWidget* part : std::initializer_list<QWidget*>{said_, table_, buttons}) column->addWidget(part);
  tab_as_seen(*buttons);

  for (auto* lane : {&lanes_.device, &lanes_.analysis}) {
    connect(lane, &JobRunner::progressed, this, [this, lane](JobRunner::Id id, const Progress& progress) {
      if (job_ == id && lane == lane_)
        said_->setText(tr("Measuring: %1 of %2").arg(progress.done).arg(progress.total));
    });
    connect(lane, &JobRunner::ended, this, [this, lane](JobRunner::Id id, const JobEnd& end) {
      if (job_ == id && lane == lane_) ended(end);
    });
  }
  const int width = fontMetrics().averageCharWidth();
  resize(110 * width, 36 * width);
}

void StreamsDialog::measure() {
  run(lanes_.device, tr("Measure clips at once"),
      [checkpoint = checkpoint_, plans = std::vector{resolved_},
       device = device_](const JobControl& control) {
        return measure_streams(checkpoint, plans, parse_device(device), control);
      });
}

void StreamsDialog::read(const std::filesystem::path& path) {
  run(lanes_.analysis, tr("Read what was measured"),
      [path, checkpoint = checkpoint_, plans = std::vector{resolved_}](const JobControl&) {
        const auto name = path.filename().string();
        return streams_of(parse_streams(HeldFile::open(path)->text(), name), *checkpoint, plans, name);
      });
}

void StreamsDialog::run(JobRunner& lane, const QString& title,
                        std::function<StreamMeasures(const JobControl&)> measures) {
  if (job_) return;
  lane_ = &lane;
  for (auto* button : {measure_, open_}) button->setEnabled(false);
  said_->setText(tr("Waiting for other jobs…"));
  job_ = lane.run(title, this, std::move(measures),
                  [this](const StreamMeasures& measured) { showMeasures(measured); });
}

void StreamsDialog::showMeasures(const StreamMeasures& measures) {
  table_->clear();
  QStringList missing;
  for (const auto& measured : measures.plans.at(0).cases) {
    const auto speech = with_unit(QLocale().toString(measured.seconds), "s");
    auto* row = new QTreeWidgetItem(table_, {speech, QLocale().toString(measured.clips)});
    if (!measured.failed.empty()) {
      row->setText(2, tr("not measured"));
      missing << QString::fromStdString(measured.failed);
      continue;
    }
    row->setText(2, megabytes(measured.process_bytes()));
    for (std::size_t i = 0; i < kGpuGigabytes.size(); ++i) {
      const auto fit = streams_that_fit(measured, kGpuGigabytes[i], 0);
      row->setText(3 + int(i), fit.streams == 0
                                   ? tr("none")
                                   : QStringLiteral("%1 (%2 GB)")
                                         .arg(QLocale().toString(fit.streams),
                                              QLocale().toString(double(fit.left_bytes) / 1e9, 'f', 1)));
    }
  }
  table_->header()->resizeSections(QHeaderView::ResizeToContents);
  const auto said =
      tr("Measured on %1, after a prompt of %2 s. For each size of GPU: clips at once in as many "
         "processes as fit, and what one process leaves for vLLM. Memory follows from what is "
         "recorded for a length far more than from the plan's weights.")
          .arg(QString::fromStdString(measures.device), QLocale().toString(kStreamPromptSeconds));
  QStringList lines{said};
  if (!missing.isEmpty()) lines << tr("Not measured: %1.").arg(missing.join("; "));
  announce(*said_, lines.join('\n'));
}

void StreamsDialog::ended(const JobEnd& end) {
  job_.reset();
  for (auto* button : {measure_, open_}) button->setEnabled(true);
  if (!end.error) return;
  auto said = QString::fromUtf8(end.error->what());
  said.replace(0, 1, said.left(1).toUpper());
  const auto hint = QString::fromStdString(end.error->hint());
  announce(*said_, hint.isEmpty() ? said : tr("%1. Try this: %2.").arg(said, hint));
}

void StreamsDialog::choose() {
  auto* chooser = new QFileDialog(this, tr("What a GPU measured"), {}, tr("JSON (*.json);;All files (*)"));
  chooser->setAttribute(Qt::WA_DeleteOnClose);
  chooser->setFileMode(QFileDialog::ExistingFile);
  connect(chooser, &QFileDialog::fileSelected, this,
          [this](const QString& path) { read(path.toStdString()); });
  chooser->open();
}

}  // namespace octet::ui
