#include "ui/listen/audio_output.h"

#include <algorithm>

namespace octet::ui {

AudioOutput::AudioOutput(Mixer& mixer, std::unique_ptr<SoundSystem> system, QObject* parent)
    : QObject(parent), mixer_(mixer) {
  qRegisterMetaType<QList<SoundDevice>>();
  qRegisterMetaType<std::shared_ptr<const SoundSource>>();
  qRegisterMetaType<Mixer*>();
  if (system) {
    own_ = std::move(system);
    system_ = own_.get();
  } else {
    // Sound systems may take long to answer, and the window may stutter: neither waits for the other.
    system_ = system_sound().release();
    system_->moveToThread(&thread_);
    connect(&thread_, &QThread::finished, system_, &QObject::deleteLater);
    thread_.setObjectName(QStringLiteral("octet sound"));
    thread_.start(QThread::TimeCriticalPriority);
  }
  connect(system_, &SoundSystem::devicesChanged, this, &AudioOutput::follow);
  connect(system_, &SoundSystem::opened, this, [this](const auto& source) {
    if (!wanted_) return;
    source_ = source;
    tell({});
    Q_EMIT deviceChanged();
  });
  connect(system_, &SoundSystem::failed, this, [this](const QString& reason) {
    source_.reset();
    wanted_ = false;
    tell(reason);
  });
  QMetaObject::invokeMethod(system_, &SoundSystem::watch);
}

AudioOutput::~AudioOutput() {
  disconnect(system_, nullptr, this, nullptr);
  if (own_) {
    own_->close();
    return;
  }
  thread_.quit();
  thread_.wait();
}

bool AudioOutput::start() {
  // Until the list of devices came, there may be some.
  if (devices_.isEmpty() && !available()) return false;
  if (!wanted_) {
    wanted_ = true;
    if (!devices_.isEmpty()) tell({});  // what failed may work by now
    open();
  }
  return wanted_;
}

void AudioOutput::stop() {
  if (!wanted_) return;
  wanted_ = false;
  source_.reset();
  QMetaObject::invokeMethod(system_, &SoundSystem::close);
}

std::int64_t AudioOutput::heard() const { return source_ ? source_->heard() : mixer_.rendered(); }

const SoundDevice* AudioOutput::used() const {
  const auto found = std::ranges::find(devices_, chosen_, &SoundDevice::id);
  return found != devices_.end() ? &*found : devices_.isEmpty() ? nullptr : &devices_.front();
}

void AudioOutput::choose(const QByteArray& device) {
  const auto before = used() ? *used() : SoundDevice();
  chosen_ = device;
  if (!used() || *used() == before) return;
  Q_EMIT deviceChanged();
  if (wanted_) open();
}

void AudioOutput::follow(const QList<SoundDevice>& devices) {
  const auto before = used() ? *used() : SoundDevice();
  devices_ = devices;
  const bool other = !used() || *used() != before;
  if (other) Q_EMIT deviceChanged();
  if (devices_.isEmpty()) {
    source_.reset();
    QMetaObject::invokeMethod(system_, &SoundSystem::close);
    tell(tr("No audio device found. Plug in headphones or speakers; they are noticed at once."));
  } else if (other || !available()) {
    tell({});
    if (wanted_) open();
  }
}

void AudioOutput::open() {
  if (!used()) return;
  QMetaObject::invokeMethod(
      system_, [system = system_, mixer = &mixer_, id = used()->id] { system->open(mixer, id); });
}

void AudioOutput::tell(const QString& problem) {
  if (problem == problem_) return;
  problem_ = problem;
  Q_EMIT availabilityChanged();
}

}  // namespace octet::ui
