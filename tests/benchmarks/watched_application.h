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
    const double milliseconds = now() - begin;
    --depth_;
    // Events within events belong to the outer one, as the paintings of a window's parts do to its own.
    auto& longest = depth_ == 0 ? longest_ : inner_;
    if (milliseconds > longest.milliseconds) longest = {milliseconds, what};
    if (depth_ == 0 && milliseconds == longest_.milliseconds && inner_.milliseconds > 0)
      longest_.event +=
          QStringLiteral(", of it %1 ms %2").arg(inner_.milliseconds, 0, 'f', 1).arg(inner_.event);
    return handled;
  }

 private:
  /// Milliseconds since some moment, less those that this thread waited for a processor.
  double now() const {
    char text[96] = {};
    const auto size = pread(schedule_, text, sizeof text - 1, 0);  // "computed waited slices", ns
    char* second = nullptr;
    if (size > 0) std::strtoull(text, &second, 10);
    const auto waited = second ? std::strtoull(second, nullptr, 10) : 0;
    const auto passed = std::chrono::steady_clock::now().time_since_epoch();
    return 1e-6 *
           (static_cast<double>(std::chrono::nanoseconds(passed).count()) - static_cast<double>(waited));
  }

  int schedule_ = ::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  int depth_ = 0;
  Longest longest_, inner_;  ///< inner_: of what came within the event that is at work
};

}  // namespace octet::test
