#pragma once

#include <QString>

class QHBoxLayout;
class QLineEdit;

namespace octet::ui {

/// A path that can be typed, beside a button that opens a chooser for it: of a folder that is there,
QHBoxLayout* folder_row(QLineEdit& path, const QString& title);
/// or of a file to write, whose names end as `filter` says. Whether to replace one is not asked here.
QHBoxLayout* output_row(QLineEdit& path, const QString& title, const QString& filter);

}  // namespace octet::ui
