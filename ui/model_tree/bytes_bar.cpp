#include "ui/model_tree/bytes_bar.h"

#include <QHelpEvent>
#include <QLocale>
#include <QPainter>
#include <QToolTip>

#include "ui/language/accessible_role.h"
#include "ui/model_tree/layer_tree_model.h"
#include "ui/theme/theme.h"

namespace octet::ui {

BytesBar::BytesBar(QWidget* parent) : QWidget(parent) {
  setObjectName("bytesBar");
  call_picture(*this);
  setAccessibleName(tr("Size of the weights"));
}

void BytesBar::setLines(std::vector<Line> lines) {
  lines_ = std::move(lines);
  QStringList texts;
  for (const auto& line : lines_)
    texts << line.label + ' ' + bytes_text(static_cast<double>(line.size.total().bytes));
  setAccessibleDescription(texts.join(", "));
  updateGeometry();
  update();
}

int BytesBar::lineHeight() const { return fontMetrics().height() + kSpacing; }

QSize BytesBar::sizeHint() const {
  // One more line for the legend.
  return {fontMetrics().averageCharWidth() * 40,
          (static_cast<int>(lines_.size()) + 1) * lineHeight() + 2 * kSpacing};
}

QSize BytesBar::minimumSizeHint() const {
  return {fontMetrics().averageCharWidth() * 24, sizeHint().height()};
}

void BytesBar::paintEvent(QPaintEvent*) {
  if (lines_.empty()) return;
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const auto metrics = fontMetrics();
  const int count = static_cast<int>(lines_.front().size.components.size());
  int label_width = 0;
  double most = 1;
  for (const auto& line : lines_) {
    label_width = std::max(label_width, metrics.horizontalAdvance(line.label));
    most = std::max(most, static_cast<double>(line.size.total().bytes));
  }
  const auto figure = [most](double bytes) {
    return tr("%1  %2 %").arg(bytes_text(bytes)).arg(QLocale().toString(100 * bytes / most, 'f', 0), 3);
  };
  int figure_width = metrics.horizontalAdvance(QStringLiteral("888.8 MB  100 %"));  // seldom another
  for (const auto& line : lines_)
    figure_width = std::max(figure_width,
                            metrics.horizontalAdvance(figure(static_cast<double>(line.size.total().bytes))));
  const double left = label_width + 2 * kSpacing;
  const double width = std::max(10.0, this->width() - left - figure_width - 2 * kSpacing);
  double y = kSpacing;
  for (const auto& line : lines_) {
    const auto total = static_cast<double>(line.size.total().bytes);
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(QRectF(0, y, label_width, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     line.label);
    double x = left;
    int index = 0;
    for (const auto& part : line.size.components) {
      const double length = width * static_cast<double>(part.bytes) / most;
      painter.fillRect(QRectF(x, y + 2, std::max(0.0, length - 1), metrics.height() - 4),
                       shade(index++, count));
      x += length;
    }
    painter.drawText(QRectF(this->width() - figure_width, y, figure_width, metrics.height()),
                     Qt::AlignRight | Qt::AlignVCenter, figure(total));
    y += lineHeight();
  }
  double x = 0;
  int index = 0;
  auto small = font();
  small.setPointSizeF(small.pointSizeF() * 0.85);
  painter.setFont(small);
  const QFontMetricsF small_metrics(small);
  for (const auto& part : lines_.front().size.components) {
    const auto name = QString::fromStdString(part.component);
    painter.fillRect(QRectF(x, y + 4, 8, 8), shade(index++, count));
    painter.setPen(colours().muted);
    painter.drawText(QPointF(x + 12, y + 12), name);
    x += 12 + small_metrics.horizontalAdvance(name) + 2 * kSpacing;
  }
}

bool BytesBar::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip || lines_.empty()) return QWidget::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  QStringList rows;
  for (const auto& part : lines_.back().size.components)
    rows << tr("%1: %2, %3 layers in int8")
                .arg(QString::fromStdString(part.component), bytes_text(static_cast<double>(part.bytes)))
                .arg(part.int8_layers);
  QToolTip::showText(help->globalPos(), rows.join('\n'), this);
  return true;
}

}  // namespace octet::ui
