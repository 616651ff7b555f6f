#pragma once

#include <QLabel>
#include <QTimer>

#include "core/kernels/memory_use.h"
#include "ui/jobs/job_runner.h"

namespace octet::ui {

/// "CPU 0.7/16 GB": where it is computed, and the memory there, asked once a second while it is seen.
class MemoryReadout : public QLabel {
  Q_OBJECT

 public:
  /// Asks on `lane`, which outlives this.
  explicit MemoryReadout(JobRunner& lane, QWidget* parent = nullptr);

  /// As parse_device reads it. A GPU that nobody computes on yet is not asked: that would start it.
  void setDevice(const QString& name);
  /// Somebody computes on the device now.
  void setStarted();

 protected:
  void hideEvent(QHideEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  struct Found {
    Device device;
    QString name;
    MemoryUse memory;
  };

  void ask();
  void tell(const Found& found);

  JobRunner& lane_;
  QString device_ = QStringLiteral("auto");
  bool started_ = false;
  QTimer clock_;
};

/// "0.7/16 GB"
QString memory_text(const MemoryUse& memory);

}  // namespace octet::ui
