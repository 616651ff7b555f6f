#include "ui/export/export_formats.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

QString name_of(ExportFormat format) {
  switch (format) {
    case ExportFormat::octet: return ExportFormats::tr("Octet and octet_s3gen");
    case ExportFormat::stock: return ExportFormats::tr("A chatterbox as it is (stock)");
    case ExportFormat::comfy: return ExportFormats::tr("Loaders like ComfyUI's (comfy)");
    case ExportFormat::compressed_tensors: return ExportFormats::tr("The library compressed-tensors");
  }
  return {};
}

QString where_it_runs(ExportFormat format) {
  switch (format) {
    case ExportFormat::octet:
      return ExportFormats::tr(
          "Runs in Octet, and in any chatterbox through the Python package octet_s3gen: int8 stays int8 in "
          "memory.");
    case ExportFormat::stock:
      return ExportFormats::tr(
          "Runs in a chatterbox as it is, by its own load_state_dict: what you hear here, stored as fp32, so "
          "it saves no memory.");
    case ExportFormat::comfy:
      return ExportFormats::tr(
          "For loaders like ComfyUI's; runs in Octet and through octet_s3gen, too. int8 in Linear and "
          "Embedding layers only.");
    case ExportFormat::compressed_tensors:
      return ExportFormats::tr(
          "Runs in a chatterbox through the library compressed-tensors, which multiplies in floats; in Octet "
          "and through octet_s3gen, too. int8 in Linear layers only.");
  }
  return {};
}

}  // namespace

ExportFormats::ExportFormats(QWidget* parent) : QWidget(parent), choice_(new QComboBox), where_(new QLabel) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  auto* row = new QHBoxLayout;
  auto* label = new QLabel(tr("Fo&r"));
  choice_->setObjectName("exportFormat");
  choice_->setAccessibleName(tr("Who reads the file"));
  label->setBuddy(choice_);
  for (const auto& name : export_format_names())
    choice_->addItem(name_of(*export_format_from(name)), QString::fromStdString(name));
  row->addWidget(label);
  row->addWidget(choice_, 1);
  column->addLayout(row);
  where_->setWordWrap(true);
  where_->setObjectName("exportWhere");
  column->addWidget(where_);
  connect(choice_, &QComboBox::currentIndexChanged, this, [this] {
    showWhere();
    Q_EMIT changed();
  });
  showWhere();
}

ExportFormat ExportFormats::chosen() const {
  return *export_format_from(choice_->currentData().toString().toStdString());
}

void ExportFormats::choose(ExportFormat format) {
  choice_->setCurrentIndex(choice_->findData(QString::fromUtf8(to_string(format))));
}

void ExportFormats::showWhere() { where_->setText(where_it_runs(chosen())); }

}  // namespace octet::ui
