#include "ui/export/export_outcome.h"

#include <QApplication>
#include <QClipboard>
#include <QDesktopServices>
#include <QEvent>
#include <QFileInfo>
#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QTreeWidget>
#include <QUrl>
#include <QVBoxLayout>

#include "ui/export/export_parts.h"
#include "ui/export/export_work.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

/// A line of a form: text to be read, and a button that does something with it.
std::pair<QLineEdit*, QPushButton*> add_line(QFormLayout& form, const QString& title, const QString& name,
                                             const QString& action) {
  auto* text = new QLineEdit;
  text->setReadOnly(true);
  text->setObjectName(name);
  text->setAccessibleName(title);
  auto* button = new QPushButton(action);
  button->setObjectName(name + "Action");
  button->setAutoDefault(false);
  auto* row = new QHBoxLayout;
  row->addWidget(text, 1);
  row->addWidget(button);
  form.addRow(title, row);
  return {text, button};
}

}  // namespace

ExportOutcome::ExportOutcome(QWidget* parent)
    : QWidget(parent), headline_(new QLabel), checks_(new QTreeWidget) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  headline_->setWordWrap(true);
  headline_->setObjectName("exportHeadline");
  column->addWidget(headline_);
  checks_->setObjectName("exportChecks");
  checks_->setAccessibleName(tr("What was verified"));
  checks_->setHeaderLabels({tr("Result"), tr("Check"), tr("Detail")});
  checks_->setRootIsDecorated(false);
  checks_->setAlternatingRowColors(true);
  checks_->setSelectionMode(QAbstractItemView::NoSelection);
  checks_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  column->addWidget(checks_);
  auto* form = new QFormLayout;
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  const auto [place, show] = add_line(*form, tr("It is at"), "exportPlace", tr("Show in folder"));
  const auto [python, copy] = add_line(*form, tr("In Python"), "exportPython", tr("Copy"));
  place_ = place;
  python_ = python;
  connect(show, &QPushButton::clicked, this, [this] {
    QDesktopServices::openUrl(QUrl::fromLocalFile(QFileInfo(place_->text()).absolutePath()));
  });
  connect(copy, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(python_->text()); });
  python_->setToolTip(tr("Makes W, the float weights by name. Needs the packages torch and safetensors."));
  column->addLayout(form);
}

void ExportOutcome::showVerified(const std::filesystem::path& path, std::uint64_t bytes,
                                 const Verification& verification) {
  checks_->clear();
  addCheck({tr("size").toStdString(),
            QFileInfo(QString::fromStdString(path.string())).size() == static_cast<qint64>(bytes),
            tr("%1 bytes predicted").arg(QLocale().toString(qulonglong(bytes))).toStdString()});
  for (const auto& check : verification.checks) addCheck(check);
  checks_->show();
  verdict_ = verification.passed() ? Verdict::right : Verdict::wrong;
  headline_->setText(
      verdict_ == Verdict::right
          ? tr("<b>✓ Exported and verified.</b> Read back from disk, it is what the plan says.")
          : tr("<b>! The file is not what the plan says.</b> Do not use it; export again, to another "
               "disk if it happens twice."));
  showFile(path);
}

void ExportOutcome::showUnverified(const std::filesystem::path& path, const QString& why) {
  checks_->clear();
  checks_->hide();
  verdict_ = Verdict::unknown;
  headline_->setText(
      tr("<b>~ Exported, but not verified.</b> %1 Export again to verify.").arg(why.toHtmlEscaped()));
  showFile(path);
}

void ExportOutcome::showFile(const std::filesystem::path& path) {
  place_->setText(QString::fromStdString(path.string()));
  place_->setCursorPosition(0);
  python_->setText(python_that_loads(path));
  python_->setCursorPosition(0);
  fit_rows(*checks_);
  dress();
}

void ExportOutcome::addCheck(const VerifyCheck& check) {
  const auto detail = QString::fromStdString(check.detail);
  auto* item = new QTreeWidgetItem(
      checks_, {check.passed ? tr("ok") : tr("WRONG"), QString::fromStdString(check.what), detail});
  item->setIcon(0, icon(check.passed ? Icon::check : Icon::warning));
  item->setData(0, Qt::UserRole, check.passed);
  item->setToolTip(2, detail);
}

/// All that does not follow the palette by itself.
void ExportOutcome::dress() {
  auto palette = QApplication::palette();
  palette.setColor(QPalette::WindowText, verdict_ == Verdict::right   ? colours().positive
                                         : verdict_ == Verdict::wrong ? colours().negative
                                                                      : colours().caution);
  headline_->setPalette(palette);
  for (int i = 0; i < checks_->topLevelItemCount(); ++i) {
    auto* item = checks_->topLevelItem(i);
    item->setForeground(0, item->data(0, Qt::UserRole).toBool() ? colours().positive : colours().negative);
  }
}

void ExportOutcome::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) dress();
}

}  // namespace octet::ui
