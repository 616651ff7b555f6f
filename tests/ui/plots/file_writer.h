#pragma once

#include <QTimer>
#include <QWidget>
#include <span>

#include "core/atomic_file.h"
#include "core/job_lane.h"
#include "ui/plots/chart_file.h"

namespace octet::test {

/// A parent that writes what is asked of it, as the window does.
class FileWriter : public QWidget {
 protected:
  bool event(QEvent* event) override {
    if (event->type() != ui::WriteRequest::kind()) return QWidget::event(event);
    const auto& request = *static_cast<const ui::WriteRequest*>(event);
    const auto error = outcome_of([&] {
      write_file_atomically(request.path.toStdString(), [bytes = request.content()](const ByteSink& sink) {
        sink(std::as_bytes(std::span(bytes.constData(), static_cast<std::size_t>(bytes.size()))));
      });
    });
    if (request.ended) QTimer::singleShot(0, request.from, [ended = request.ended, error] { ended(error); });
    event->accept();
    return true;
  }
};

}  // namespace octet::test
