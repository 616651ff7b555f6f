#pragma once

#include <QWidget>
#include <cstdint>
#include <filesystem>

#include "core/export/verify.h"

class QLabel;
class QLineEdit;
class QTreeWidget;

namespace octet::ui {

/// What came of an export: what was verified, where the file is, and how Python reads it.
class ExportOutcome : public QWidget {
  Q_OBJECT

 public:
  explicit ExportOutcome(QWidget* parent = nullptr);

  /// `bytes` were predicted for the file at `path`.
  void showVerified(const std::filesystem::path& path, std::uint64_t bytes, const Verification& verification);
  /// `why` is a sentence.
  void showUnverified(const std::filesystem::path& path, const QString& why);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  enum class Verdict { right, wrong, unknown };

  void showFile(const std::filesystem::path& path);
  void addCheck(const VerifyCheck& check);
  void dress();

  Verdict verdict_ = Verdict::unknown;
  QLabel* headline_;
  QTreeWidget* checks_;
  QLineEdit* place_;
  QLineEdit* python_;
};

}  // namespace octet::ui
