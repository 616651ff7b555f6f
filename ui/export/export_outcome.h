#pragma once

#include <QWidget>
#include <cstdint>
#include <filesystem>

#include "core/export/verify.h"
#include "ui/export/export_work.h"

class QFormLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QTreeWidget;

namespace octet::ui {

/// What came of an export: what was verified, where the file and its card are, and the lines of Python that
/// load it.
class ExportOutcome : public QWidget {
  Q_OBJECT

 public:
  explicit ExportOutcome(QWidget* parent = nullptr);

  /// Of the file at `path`.
  void showVerified(const std::filesystem::path& path, const WrittenExport& written,
                    const Verification& verification);
  /// `why` is a sentence.
  void showUnverified(const std::filesystem::path& path, const WrittenExport& written, const QString& why);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  enum class Verdict { right, wrong, unknown };

  void showFile(const std::filesystem::path& path, const WrittenExport& written);
  void addCheck(const VerifyCheck& check);
  void dress();

  Verdict verdict_ = Verdict::unknown;
  QLabel* headline_;
  QTreeWidget* checks_;
  QLineEdit* place_;
  QLineEdit* card_;
  QFormLayout* form_;
  QPlainTextEdit* python_;
};

}  // namespace octet::ui
