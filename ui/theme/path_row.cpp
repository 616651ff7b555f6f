#include "ui/theme/path_row.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QRegularExpression>
#include <algorithm>

#include "ui/language/tr.h"
#include "ui/theme/shown_path.h"

namespace octet::ui {
namespace {

template <typename Prepare>
QHBoxLayout* row(QLineEdit& path, const QString& title, const QString& filter, Prepare prepare) {
  auto* choose = new QPushButton(tr("Choose…"));
  QObject::connect(choose, &QPushButton::clicked, &path, [&path, title, filter, prepare] {
    auto* chooser = new QFileDialog(path.window(), title, full_path(path.text()), filter);
    chooser->setAttribute(Qt::WA_DeleteOnClose);
    prepare(*chooser);
    QObject::connect(chooser, &QFileDialog::fileSelected, &path,
                     [&path](const QString& chosen) { path.setText(shown_path(chosen)); });
    chooser->open();
  });
  auto* both = new QHBoxLayout;
  both->addWidget(&path, 1);
  both->addWidget(choose);
  return both;
}

/// "*.plan.json" as "plan.json"; none of "All files (*)".
QStringList endings_of(const QString& filters) {
  static const QRegularExpression pattern(QStringLiteral(R"(\*\.([\w.]+))"));
  QStringList endings;
  for (const auto& found : pattern.globalMatch(filters)) endings << found.captured(1);
  return endings;
}

QString with_ending(const QString& path, const QString& chosen, const QString& filters) {
  const auto own = QFileInfo(path).suffix();
  const auto all = endings_of(filters), wanted = endings_of(chosen);
  const bool has_one = std::ranges::any_of(all, [&own](const QString& ending) {
    return own.compare(ending.section('.', -1), Qt::CaseInsensitive) == 0;
  });
  return has_one || wanted.isEmpty() ? path : path + '.' + wanted.front();
}

}  // namespace

QHBoxLayout* folder_row(QLineEdit& path, const QString& title) {
  return row(path, title, {}, [](QFileDialog& chooser) { chooser.setFileMode(QFileDialog::Directory); });
}

QHBoxLayout* output_row(QLineEdit& path, const QString& title, const QString& filter) {
  return row(path, title, filter,
             [](QFileDialog& chooser) { chooser.setAcceptMode(QFileDialog::AcceptSave); });
}

void add_path_row(QFormLayout& form, const QString& label, QHBoxLayout* row, QLineEdit& path) {
  form.addRow(label, row);
  static_cast<QLabel*>(form.labelForField(row))->setBuddy(&path);
}

QString asked_for_file(QWidget* parent, const QString& title, const QString& proposed,
                       const QString& filters) {
  QFileDialog chooser(parent, title, proposed, filters);
  chooser.setAcceptMode(QFileDialog::AcceptSave);
  chooser.setOption(QFileDialog::DontConfirmOverwrite);  // the name may not be whole yet
  while (chooser.exec() == QDialog::Accepted) {
    const auto path = with_ending(chooser.selectedFiles().front(), chooser.selectedNameFilter(), filters);
    if (may_write(path, parent)) return path;
  }
  return {};
}

bool may_write(const QString& path, QWidget* parent) {
  return !QFileInfo::exists(full_path(path)) ||
         QMessageBox::question(parent, tr("Replace the file?"), tr("%1 is there already.").arg(path)) ==
             QMessageBox::Yes;
}

}  // namespace octet::ui
