#include "ui/screen_plot.h"

namespace octet::ui {

void ScreenPlot::paintEvent(QPaintEvent* event) {
  if (bufferDevicePixelRatio() != devicePixelRatioF()) {
    setBufferDevicePixelRatio(devicePixelRatioF());
    replot(rpQueuedRefresh);  // what is queued here is painted next
  }
  QCustomPlot::paintEvent(event);
}

}  // namespace octet::ui
