#include "ui/listen/sound_system.h"

#include <QAudioDevice>
#include <QAudioSink>
#include <QIODevice>
#include <QMediaDevices>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace octet::ui {
namespace {

constexpr std::int64_t kShakingNs = 50'000'000;  // more is a stall or a start

/// Mono float from the source, as frames of the card's format.
class SourceDevice : public QIODevice {
 public:
  SourceDevice(SoundSource& source, const QAudioFormat& format) : source_(source), format_(format) {
    mono_.resize(static_cast<std::size_t>(source.rate()));  // the longest pull is a second
    open(QIODevice::ReadOnly);
  }

  void setSink(const QAudioSink* sink) { sink_ = sink; }
  bool isSequential() const override { return true; }
  qint64 bytesAvailable() const override { return std::numeric_limits<int>::max(); }

 protected:
  qint64 readData(char* data, qint64 limit) override {
    const auto frames = std::min<qint64>(limit / format_.bytesPerFrame(), static_cast<qint64>(mono_.size()));
    const auto waiting = sink_ ? (sink_->bufferSize() - sink_->bytesFree()) / format_.bytesPerFrame() : 0;
    const auto mono = std::span(mono_).first(static_cast<std::size_t>(frames));
    source_.pull(mono, waiting);
    for (const float sample : mono)
      for (int channel = 0; channel < format_.channelCount(); ++channel) data = write(data, sample);
    return frames * format_.bytesPerFrame();
  }
  qint64 writeData(const char*, qint64) override { return -1; }

 private:
  template <typename Value>
  static char* put(char* data, Value value) {
    std::memcpy(data, &value, sizeof(value));
    return data + sizeof(value);
  }

  char* write(char* data, float sample) const {
    const double clipped = std::clamp(static_cast<double>(sample), -1.0, 1.0);
    switch (format_.sampleFormat()) {
      case QAudioFormat::Float: return put(data, static_cast<float>(clipped));
      case QAudioFormat::Int32:
        return put(data, static_cast<std::int32_t>(std::lrint(clipped * 2147483647.0)));
      case QAudioFormat::Int16: return put(data, static_cast<std::int16_t>(std::lrint(clipped * 32767.0)));
      default: return put(data, static_cast<std::uint8_t>(std::lrint(clipped * 127.0) + 128));
    }
  }

  SoundSource& source_;
  const QAudioFormat format_;
  const QAudioSink* sink_ = nullptr;
  std::vector<float> mono_;
};

/// The card's own rate: what is judged is resampled by us, not by whatever the system has for it.
QAudioFormat format_for(const QAudioDevice& device) {
  QAudioFormat format = device.preferredFormat();
  format.setSampleFormat(QAudioFormat::Float);
  if (!device.isFormatSupported(format)) format.setSampleFormat(device.preferredFormat().sampleFormat());
  return format;
}

class QtSound : public SoundSystem {
 public:
  ~QtSound() override {
    if (sink_) sink_->disconnect(this);
  }

  void watch() override {
    if (!media_) {
      media_ = new QMediaDevices(this);
      connect(media_, &QMediaDevices::audioOutputsChanged, this, &QtSound::tell);
    }
    tell();
  }

  void open(Mixer* mixer, const QByteArray& id) override {
    close();
    const auto devices = QMediaDevices::audioOutputs();
    const auto device =
        std::ranges::find_if(devices, [&](const QAudioDevice& candidate) { return candidate.id() == id; });
    if (device == devices.end()) {
      Q_EMIT failed(tr("The audio device is gone."));
      return;
    }
    const QAudioFormat format = format_for(*device);
    source_ = std::make_shared<SoundSource>(*mixer, format.sampleRate());
    pulled_ = std::make_unique<SourceDevice>(*source_, format);
    sink_ = std::make_unique<QAudioSink>(*device, format);
    sink_->setBufferSize(
        format.bytesForDuration(60'000));  // 60 ms: commands are heard soon, and nothing stutters
    pulled_->setSink(sink_.get());
    connect(sink_.get(), &QAudioSink::stateChanged, this, [this](QAudio::State state) {
      // Underruns recover by themselves.
      if (state == QAudio::StoppedState && sink_ && sink_->error() != QAudio::NoError)
        Q_EMIT failed(tr("The audio device stopped playing."));
    });
    const QString name = device->description();
    sink_->start(pulled_.get());
    if (sink_->error() != QAudio::NoError && sink_->error() != QAudio::UnderrunError) {
      close();
      Q_EMIT failed(tr("%1 cannot be opened; another program may hold it.").arg(name));
      return;
    }
    Q_EMIT opened(source_);
  }

  void close() override {
    if (!sink_) return;
    sink_->disconnect(this);
    sink_->stop();
    // Both may be on the stack: their own signals can lead here. What they pull lives as long.
    connect(pulled_.get(), &QObject::destroyed, pulled_.get(), [kept = std::move(source_)] {});
    sink_.release()->deleteLater();
    pulled_.release()->deleteLater();
  }

 private:
  void tell() {
    QList<SoundDevice> devices;
    const auto preferred = QMediaDevices::defaultAudioOutput();
    if (!preferred.isNull()) devices.append({preferred.id(), preferred.description()});
    for (const auto& device : QMediaDevices::audioOutputs())
      if (device.id() != preferred.id()) devices.append({device.id(), device.description()});
    Q_EMIT devicesChanged(devices);
  }

  QMediaDevices* media_ = nullptr;
  std::shared_ptr<SoundSource> source_;
  std::unique_ptr<SourceDevice> pulled_;
  std::unique_ptr<QAudioSink> sink_;
};

}  // namespace

std::int64_t steady_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

SoundSource::SoundSource(Mixer& mixer, int device_rate, Clock clock)
    : mixer_(mixer), rate_(device_rate), clock_(std::move(clock)), given_(mixer.rendered()) {
  if (device_rate != mixer.sample_rate())
    resampler_ = std::make_unique<StreamResampler>(mixer.sample_rate(), device_rate,
                                                   [&mixer](std::span<float> out) { mixer.render(out); });
}

void SoundSource::pull(std::span<float> out, std::int64_t waiting) {
  // The first frame of this pull is heard once all that waits was.
  const double delay = static_cast<double>(waiting) / rate_;
  const double first = static_cast<double>(given_.load(std::memory_order_relaxed)) / mixer_.sample_rate();
  const auto told = clock_() + static_cast<std::int64_t>((delay - first) * 1e9);
  // Cards pull in bursts, so that this clock shakes by some milliseconds; the playhead should not.
  const auto known = zero_.load(std::memory_order_relaxed);
  const auto drift = told - known;
  const bool shaking = known != 0 && std::abs(drift) < kShakingNs;
  zero_.store(shaking ? known + drift / 16 : told, std::memory_order_release);
  if (resampler_) {
    resampler_->pull(out);
  } else {
    mixer_.render(out);
  }
  given_.store(mixer_.rendered() - (resampler_ ? resampler_->ahead() : 0), std::memory_order_release);
}

std::int64_t SoundSource::heard() const {
  const auto zero = zero_.load(std::memory_order_acquire);
  if (zero == 0) return 0;
  const auto frame = std::llround(static_cast<double>(clock_() - zero) * 1e-9 * mixer_.sample_rate());
  return std::clamp<std::int64_t>(frame, 0,
                                  std::max<std::int64_t>(0, given_.load(std::memory_order_acquire)));
}

std::unique_ptr<SoundSystem> system_sound() { return std::make_unique<QtSound>(); }

}  // namespace octet::ui
