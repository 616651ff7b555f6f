#pragma once

#include <QWidget>
#include <vector>

#include "core/plan/size.h"

namespace octet::ui {

/// Weights in bytes as three bars on one scale: all fp32, the bf16 strategy, and the plan, split by
/// component.
class BytesBar : public QWidget {
  Q_OBJECT

 public:
  struct Line {
    QString label;
    PlanSize size;
  };

  explicit BytesBar(QWidget* parent = nullptr);

  void setLines(std::vector<Line> lines);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override;

 private:
  int lineHeight() const;

  std::vector<Line> lines_;
};

}  // namespace octet::ui
