#include "ui/theme/path_row.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>

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

bool may_write(const QString& path, QWidget* parent) {
  return !QFileInfo::exists(full_path(path)) ||
         QMessageBox::question(parent, tr("Replace the file?"), tr("%1 is there already.").arg(path)) ==
             QMessageBox::Yes;
}

}  // namespace octet::ui
