#pragma once

#include <QApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QTemporaryDir>
#include <functional>

#include "core/resources.h"
#include "ui/listen/sound_system.h"
#include "ui/theme/shown_path.h"

namespace octet::ui {

/// Lets the window work until `done`. False when that takes too long, or something failed.
inline bool work_until(const std::function<bool()>& done) {
  constexpr int kPatience = 600'000;  // ms, for a machine with one slow core
  QElapsedTimer clock;
  clock.start();
  while (!done() && clock.elapsed() < kPatience)
    QApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 50);
  return done();
}

/// Lets everything that was asked for be laid out and drawn.
inline void settle() {
  for (int round = 0; round < 5; ++round) {
    QApplication::sendPostedEvents();
    QApplication::processEvents();
  }
}

/// A sound card as most computers have one: pictures are made where there is none.
class PicturedSound : public SoundSystem {
 public:
  void watch() override { Q_EMIT devicesChanged({{"card", QString()}}); }
  void open(Mixer* mixer, const QByteArray&) override {
    Q_EMIT opened(std::make_shared<const SoundSource>(*mixer, 48'000));
  }
  void close() override {}
};

/// A home like anybody's, with the demo's clips in it, so that pictures name no place of this machine.
class PicturedHome {
 public:
  PicturedHome() : before_{QDir::homePath(), QString::fromStdString(demo_voice_folder().string())} {
    qputenv("HOME", folder_.path().toLocal8Bit());
    QDir(folder_.path()).mkpath("Documents");
    QFile::link(before_[1], folder_.filePath("Octet voices"));
    before_ << folder_.path();
  }
  PicturedHome(const PicturedHome&) = delete;
  PicturedHome& operator=(const PicturedHome&) = delete;
  ~PicturedHome() { qputenv("HOME", before_.front().toLocal8Bit()); }

  QString file(const QString& name) const { return folder_.filePath("Documents/" + name); }
  QString clips() const { return shown_path(folder_.filePath("Octet voices/clips")); }

  /// A text somebody would see that names a place of this machine; empty where there is none.
  QString given_away(const QWidget& window) const {
    QStringList texts;
    for (const auto* label : window.findChildren<QLabel*>())
      if (label->isVisible()) texts << label->text();
    for (const auto* edit : window.findChildren<QLineEdit*>())
      if (edit->isVisible()) texts << edit->text();
    for (const auto& text : texts)
      for (const auto& place : before_)
        if (place != QDir::rootPath() && text.contains(place)) return text;
    return {};
  }

 private:
  QTemporaryDir folder_;
  QStringList before_;
};

}  // namespace octet::ui
