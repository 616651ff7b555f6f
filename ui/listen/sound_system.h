#pragma once

#include <QByteArray>
#include <QList>
#include <QObject>
#include <QString>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "core/audio/mixer.h"
#include "ui/listen/stream_resampler.h"

namespace octet::ui {

struct SoundDevice {
  QByteArray id;
  QString name;

  bool operator==(const SoundDevice&) const = default;
};

/// Since some moment; never goes back.
std::int64_t steady_nanoseconds();

/// What a sound card pulls: the mixer at the card's rate, and the clock that tells what of it is heard by
/// now.
class SoundSource {
 public:
  /// Nanoseconds since some moment.
  using Clock = std::function<std::int64_t()>;

  /// Tests hand in a clock of theirs.
  SoundSource(Mixer& mixer, int device_rate, Clock clock = steady_nanoseconds);

  /// The card's thread. `waiting`: frames at its rate that were pulled before and are not heard yet.
  void pull(std::span<float> out, std::int64_t waiting);
  int rate() const { return rate_; }

  /// Any thread: the mixer's frame that is heard now.
  std::int64_t heard() const;

 private:
  Mixer& mixer_;
  const int rate_;
  const Clock clock_;
  std::unique_ptr<StreamResampler> resampler_;  ///< none when the card runs at the mixer's rate
  std::atomic<std::int64_t> given_;             ///< frames the mixer rendered that the card was given
  std::atomic<std::int64_t> zero_{0};  ///< when frame 0 was or would have been heard, ns; 0: nothing was
};

/// The sound cards of this computer. It may live on a thread of its own: slots are invoked, answers come as
/// signals.
class SoundSystem : public QObject {
  Q_OBJECT

 public:
  using QObject::QObject;

 public Q_SLOTS:
  /// Tells the devices now, and again when one comes or goes.
  virtual void watch() = 0;
  /// Opens the device and pulls from `mixer` until `close` or until another is opened. Answers opened or
  /// failed.
  virtual void open(octet::Mixer* mixer, const QByteArray& device) = 0;
  virtual void close() = 0;

 Q_SIGNALS:
  /// The system's default first.
  void devicesChanged(const QList<octet::ui::SoundDevice>& devices);
  void opened(const std::shared_ptr<const octet::ui::SoundSource>& source);
  /// The device could not be opened, or stopped by itself; `reason` is a sentence.
  void failed(const QString& reason);
};

/// Qt Multimedia's.
std::unique_ptr<SoundSystem> system_sound();

}  // namespace octet::ui
