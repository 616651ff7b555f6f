#pragma once

#include <vector>

#include "ui/listen/sound_system.h"

namespace octet::test {

/// A sound card that plays what the test asks for, on the test's thread. Its time is what it played.
class FakeSound : public ui::SoundSystem {
 public:
  explicit FakeSound(QList<ui::SoundDevice> devices = {{"card", "Card"}}, int rate = 24000)
      : devices_(std::move(devices)), rate_(rate) {}

  void watch() override { Q_EMIT devicesChanged(devices_); }
  void open(Mixer* mixer, const QByteArray& device) override {
    if (refuses_) {
      Q_EMIT failed("Card cannot be opened; another program may hold it.");
      return;
    }
    opened_on_.push_back(device);
    source_ = std::make_shared<ui::SoundSource>(*mixer, rate_, [this] { return now_; });
    Q_EMIT opened(source_);
  }
  void close() override { source_.reset(); }

  void plug(const QList<ui::SoundDevice>& devices) {
    devices_ = devices;
    watch();
  }
  void break_down() {
    close();
    Q_EMIT failed("The audio device stopped playing.");
  }
  void refuse(bool refuses) { refuses_ = refuses; }
  bool open_now() const { return source_ != nullptr; }
  const std::vector<QByteArray>& opened_on() const { return opened_on_; }

  /// What the card plays next, heard to its end; silence while nobody holds it.
  std::vector<float> play(int frames) {
    auto out = buffer(frames);
    now_ += std::int64_t{1'000'000'000} * frames / rate_;
    return out;
  }
  /// What the card would play next, which is not heard yet.
  std::vector<float> buffer(int frames) {
    std::vector<float> out(static_cast<std::size_t>(frames));
    if (source_) source_->pull(out, 0);
    return out;
  }

 private:
  QList<ui::SoundDevice> devices_;
  int rate_;
  std::int64_t now_ = 1'000'000'000;  // ns
  bool refuses_ = false;
  std::shared_ptr<ui::SoundSource> source_;
  std::vector<QByteArray> opened_on_;
};

}  // namespace octet::test
