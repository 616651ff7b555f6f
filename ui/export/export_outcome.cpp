#include "ui/export/export_outcome.h"

#include <QAbstractTextDocumentLayout>
#include <QApplication>
#include <QClipboard>
#include <QDesktopServices>
#include <QEvent>
#include <QFileInfo>
#include <QFontDatabase>
#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTextBlock>
#include <QTreeWidget>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/export/export_parts.h"
#include "ui/export/export_work.h"
#include "ui/language/announce.h"
#include "ui/theme/icons.h"
#include "ui/theme/shown_path.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr int kCardRow = 1;  // of the form

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

/// As high as its lines, wrapped as they are, up to some.
class WholeLines : public QPlainTextEdit {
 protected:
  void resizeEvent(QResizeEvent* event) override {
    QPlainTextEdit::resizeEvent(event);
    fit();
  }
  void showEvent(QShowEvent* event) override {
    QPlainTextEdit::showEvent(event);
    fit();
  }

 private:
  void fit() {
    constexpr double kMost = 8;
    const double line = fontMetrics().lineSpacing();
    double height = 0;
    for (auto block = document()->begin(); block.isValid(); block = block.next())
      height += document()->documentLayout()->blockBoundingRect(block).height();  // lays it out
    const double around = 2 * (frameWidth() + document()->documentMargin());
    setFixedHeight(qCeil(around + std::min(height, kMost * line) + line / 2));  // the half: not to scroll
  }
};

/// Lines to be copied whole.
QPlainTextEdit* add_lines(QFormLayout& form) {
  auto* text = new WholeLines;
  text->setReadOnly(true);
  text->setObjectName("exportPython");
  text->setAccessibleName(ExportOutcome::tr("Lines of Python that load it"));
  text->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);  // nothing of it is cut off
  text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  text->setTabChangesFocus(true);
  auto* copy = new QPushButton(ExportOutcome::tr("Copy"));
  copy->setObjectName("exportPythonAction");
  copy->setAutoDefault(false);
  QObject::connect(copy, &QPushButton::clicked, text,
                   [text] { QApplication::clipboard()->setText(text->toPlainText()); });
  auto* row = new QHBoxLayout;
  row->addWidget(text, 1);
  row->addWidget(copy, 0, Qt::AlignTop);
  form.addRow(ExportOutcome::tr("In Python"), row);
  return text;
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
  checks_->setTextElideMode(Qt::ElideMiddle);  // both ends of a hash
  checks_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  column->addWidget(checks_);
  auto* form = new QFormLayout;
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  const auto [place, show] = add_line(*form, tr("It is at"), "exportPlace", tr("Show in folder"));
  const auto [card, open] = add_line(*form, tr("Its card"), "exportCard", tr("Open"));
  place_ = place;
  card_ = card;
  connect(show, &QPushButton::clicked, this, [this] {
    QDesktopServices::openUrl(QUrl::fromLocalFile(QFileInfo(full_path(place_->text())).absolutePath()));
  });
  connect(open, &QPushButton::clicked, this,
          [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(full_path(card_->text()))); });
  python_ = add_lines(*form);
  form_ = form;
  column->addLayout(form);
}

void ExportOutcome::showVerified(const std::filesystem::path& path, const WrittenExport& written,
                                 const Verification& verification) {
  checks_->clear();
  const auto size = QFileInfo(QString::fromStdString(path.string())).size();
  const bool as_predicted = size == static_cast<qint64>(written.bytes);
  const auto bytes = [](qint64 count) { return QLocale().toString(count); };
  addCheck({tr("size").toStdString(), as_predicted,
            (as_predicted ? tr("%1 bytes, as predicted").arg(bytes(size))
                          : tr("%1 bytes instead of %2").arg(bytes(size), bytes(qint64(written.bytes))))
                .toStdString()});
  for (const auto& check : verification.checks) addCheck(check);
  checks_->show();
  verdict_ = verification.passed() ? Verdict::right : Verdict::wrong;
  announce(*headline_,
           verdict_ == Verdict::right
               ? tr("<b>✓ File: written and intact.</b> Read back from disk, it is to the byte what the plan "
                    "says; how it "
                    "sounds is another question.")
               : tr("<b>! File: not what the plan says.</b> Do not use it; export again, to another "
                    "disk if it happens twice."));
  showFile(path, written);
}

void ExportOutcome::showUnverified(const std::filesystem::path& path, const WrittenExport& written,
                                   const QString& why) {
  checks_->clear();
  checks_->hide();
  verdict_ = Verdict::unknown;
  announce(
      *headline_,
      tr("<b>~ File: exported, but not verified.</b> %1 Export again to verify.").arg(why.toHtmlEscaped()));
  showFile(path, written);
}

void ExportOutcome::showFile(const std::filesystem::path& path, const WrittenExport& written) {
  place_->setText(shown_path(QString::fromStdString(path.string())));
  place_->setCursorPosition(0);
  card_->setText(shown_path(QString::fromStdString(written.card.string())));
  card_->setCursorPosition(0);
  form_->setRowVisible(kCardRow, !written.card.empty());
  python_->setPlainText(QString::fromStdString(written.python).trimmed());
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
