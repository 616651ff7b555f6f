#pragma once

#include <QString>

class QFormLayout;
class QHBoxLayout;
class QLineEdit;
class QWidget;

namespace octet::ui {

/// A path as it is shown (shown_path.h), which can be typed, beside a button that opens a chooser for it: of
/// a folder that is there,
QHBoxLayout* folder_row(QLineEdit& path, const QString& title);
/// or of a file to write, whose names end as `filter` says. Whether to replace one is not asked here.
QHBoxLayout* output_row(QLineEdit& path, const QString& title, const QString& filter);

/// Appends one of them; the label's key goes to the path.
void add_path_row(QFormLayout& form, const QString& label, QHBoxLayout* row, QLineEdit& path);

/// Where a person wants a file to be written; empty: nowhere. A name that ends as none of `filters` says gets
/// the ending of the one that is chosen. Asks before a file is replaced.
QString asked_for_file(QWidget* parent, const QString& title, const QString& proposed,
                       const QString& filters);

/// Whether a file may be written there: true where none is, else a person is asked.
bool may_write(const QString& path, QWidget* parent);

}  // namespace octet::ui
