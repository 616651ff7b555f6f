#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <QApplication>
#include <QEvent>
#include <QMetaEnum>
#include <QThread>
#include <chrono>
#include <cstdint>
#include <cstdlib>

namespace octet::test {

/// An application that knows how long its window's thread was kept from the next event: what an event's
/// handlers computed, and what they waited for. Time in which other programs held the processor does not
/// count.
class WatchedApplication : public QApplication {
 public:
  using QApplication::QApplication;

  struct Longest {
    double milliseconds = 0;
    QString event;
  };

  void forget() { longest_ = {}; }
  const Longest& longest() const { return longest_; }

  bool notify(QObject* receiver, QEvent* event) override {
    // Threads of jobs deliver events through here too.
    if (QThread::currentThread() != thread() || depth_ == 2) return QApplication::notify(receiver, event);
    const QString what = QStringLiteral("%1 to %2 (%3)")
                             .arg(QMetaEnum::fromType<QEvent::Type>().valueToKey(event->type()),
                                  receiver->metaObject()->className(), receiver->objectName());
    if (depth_ == 0) inner_ = {};
    ++depth_;
    const auto begin = now();
    const bool handled = QApplication::notify(receiver, event);
    const auto end = now();
    const double milliseconds = end.kept - begin.kept;
    --depth_;
    // Events within events belong to the outer one, as the paintings of a window's parts do to its own.
    auto& longest = depth_ == 0 ? longest_ : inner_;
    if (milliseconds > longest.milliseconds)
      longest = {
          milliseconds,
          QStringLiteral("%1, %2 ms computing").arg(what).arg(end.computed - begin.computed, 0, 'f', 1)};
    if (depth_ == 0 && milliseconds == longest_.milliseconds && inner_.milliseconds > 0)
      longest_.event +=
          QStringLiteral(", of it %1 ms %2").arg(inner_.milliseconds, 0, 'f', 1).arg(inner_.event);
    return handled;
  }

 private:
  /// Milliseconds since some moments.
  struct Clocks {
    double kept;      ///< all time, less that in which this thread waited for a processor
    double computed;  ///< in which it had one; what is missing it waited for locks, memory and disks
  };

  Clocks now() const {
    char text[96] = {};
    const auto size = pread(schedule_, text, sizeof text - 1, 0);  // "computed waited slices", ns
    char* rest = text;
    const auto computed = size > 0 ? std::strtoull(text, &rest, 10) : 0;
    const auto waited = std::strtoull(rest, nullptr, 10);
    const std::chrono::nanoseconds passed = std::chrono::steady_clock::now().time_since_epoch();
    return {1e-6 * (static_cast<double>(passed.count()) - static_cast<double>(waited)),
            1e-6 * static_cast<double>(computed)};
  }

  int schedule_ = ::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  int depth_ = 0;
  Longest longest_, inner_;  ///< inner_: of what came within the event that is at work
};

}  // namespace octet::test
