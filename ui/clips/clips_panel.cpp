#include "ui/clips/clips_panel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTreeView>
#include <array>
#include <string_view>

#include "core/metrics/interval.h"
#include "ui/measures/measure_names.h"
#include "ui/measures/scored_run.h"
#include "ui/theme/theme.h"

namespace octet::ui {

/// Of fewer an interval is as wide as anything.
constexpr int kFewestClips = 3;

QString means_text(const Report& report) {
  constexpr std::array<std::string_view, 3> kKeys{"speaker_cosine", "log_spectral_distance",
                                                  "noise_floor_rise_4_8k"};
  const auto all = scored_runs(report);
  QStringList lines;
  for (std::size_t run = 1; run < report.runs.size(); ++run) {
    QStringList parts;
    for (const auto key : kKeys) {
      std::vector<double> values;
      for (const auto& scored : all)
        if (const auto* found = scored.run == static_cast<int>(run) ? scored.find(key) : nullptr)
          values.push_back(found->value);
      if (values.empty()) continue;
      const auto& measure = measure_called(key);
      const auto mean = mean_with_interval(values);
      auto text = ClipsPanel::tr("%1 %2").arg(short_name_with_unit(measure), value_text(measure, mean.value));
      if (mean.half_width && mean.count >= kFewestClips)
        text += ClipsPanel::tr(" ± %1").arg(value_text(measure, *mean.half_width));
      parts << text;
    }
    if (!parts.isEmpty())
      lines << ClipsPanel::tr("%1, mean of %n clips: %2", nullptr, static_cast<int>(report.clips.size()))
                   .arg(QString::fromStdString(report.runs[run].name), parts.join(";  "));
  }
  return lines.join('\n');
}

ClipsPanel::ClipsPanel(QWidget* parent)
    : QWidget(parent), model_(new ClipsModel(this)), list_(new QTreeView), means_(new QLabel) {
  list_->setObjectName("clips");
  list_->setAccessibleName(tr("Clips"));
  list_->setModel(model_);
  list_->setRootIsDecorated(false);
  list_->setUniformRowHeights(true);
  list_->setAlternatingRowColors(true);
  list_->setFrameShape(QFrame::NoFrame);
  list_->header()->setStretchLastSection(true);
  connect(list_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& index) {
            if (index.isValid() && !filling_) Q_EMIT clipChosen(index.row());
          });
  means_->setObjectName("clipMeans");
  means_->setWordWrap(true);
  means_->setToolTip(tr("Means over the clips that were measured, with 95 % intervals"));
  auto* all = new QPushButton(tr("Synthesize all"));
  all->setObjectName("synthesizeAll");
  all->setToolTip(
      tr("Speak and measure every clip that was not yet, under the present plans (Ctrl+Shift+Return)"));
  connect(all, &QPushButton::clicked, this, &ClipsPanel::allRequested);
  auto* save = new QPushButton(tr("Save the report…"));
  save->setObjectName("saveReport");
  save->setToolTip(tr("All clips, runs and measures as JSON, as octet compare --json writes them"));
  connect(save, &QPushButton::clicked, this, &ClipsPanel::reportRequested);
  auto* row = new QHBoxLayout;
  row->addWidget(all);
  row->addWidget(save);
  row->addStretch(1);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(2 * kSpacing, kSpacing, 2 * kSpacing, kSpacing);
  column->setSpacing(kSpacing);
  column->addWidget(list_, 1);
  column->addWidget(means_);
  column->addLayout(row);
}

void ClipsPanel::setClips(const std::vector<ClipLine>& clips, int current) {
  filling_ = true;
  model_->setClips(clips);
  list_->setCurrentIndex(model_->index(current, 0));
  filling_ = false;
  fit();
}

void ClipsPanel::setReport(const Report& report) {
  filling_ = true;
  const auto current = list_->currentIndex().row();
  model_->setReport(report);
  list_->setCurrentIndex(model_->index(current, 0));
  filling_ = false;
  means_->setText(means_text(report));
  fit();
}

void ClipsPanel::fit() {
  for (const int column : {ClipsModel::kName, ClipsModel::kWorst}) list_->resizeColumnToContents(column);
}

}  // namespace octet::ui
