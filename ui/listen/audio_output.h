#pragma once

#include <QObject>
#include <QThread>
#include <memory>

#include "ui/listen/sound_system.h"

namespace octet::ui {

/// Plays a mixer on the system's default sound device or one that was chosen, on a thread of its own, and
/// follows as devices come and go.
class AudioOutput : public QObject {
  Q_OBJECT

 public:
  /// `mixer` outlives this. Tests hand in a sound system of theirs, which then stays on this thread.
  explicit AudioOutput(Mixer& mixer, std::unique_ptr<SoundSystem> system = nullptr,
                       QObject* parent = nullptr);
  ~AudioOutput() override;

  /// There is a device to play on, as far as is known.
  bool available() const { return problem_.isEmpty(); }
  /// A sentence that says why nothing can be heard and what to try; empty when available.
  QString problem() const { return problem_; }
  /// Name of the device that is or would be used.
  QString device() const { return used() ? used()->name : QString(); }
  /// The system's default first.
  const QList<SoundDevice>& devices() const { return devices_; }
  /// What choose() was given; empty: the default.
  const QByteArray& chosen() const { return chosen_; }
  /// Empty: whatever the system's default is. While one that was chosen is away, the default is taken.
  void choose(const QByteArray& device);

  /// What the device plays at, Hz; 0 while it is not open.
  int rate() const { return source_ ? source_->rate() : 0; }
  /// Between start() and stop() or a failure.
  bool held() const { return wanted_; }

  /// Holds the device from now on, until stop() or a failure. False: there is none.
  bool start();
  void stop();

  /// The mixer's frame that is heard now.
  std::int64_t heard() const;

 Q_SIGNALS:
  /// available() or problem() changed.
  void availabilityChanged();
  /// device() or rate() changed.
  void deviceChanged();

 private:
  void follow(const QList<SoundDevice>& devices);
  const SoundDevice* used() const;
  void open();
  void tell(const QString& problem);

  Mixer& mixer_;
  QThread thread_;
  SoundSystem* system_ = nullptr;
  std::unique_ptr<SoundSystem> own_;  ///< unless it lives on the thread
  QList<SoundDevice> devices_;
  QByteArray chosen_;
  QString problem_;
  bool wanted_ = false;
  std::shared_ptr<const SoundSource> source_;
};

}  // namespace octet::ui
