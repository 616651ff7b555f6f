#include "ui/session/autosave.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>
#include <QUuid>

#include "core/error.h"

namespace octet::ui {
namespace {

using namespace std::chrono_literals;

const QString kSuffix = QStringLiteral(".octet");
const QString kLockSuffix = QStringLiteral(".lock");
constexpr auto kOrigin = "autosave_of";  // a key of the saved session, which itself does not know its file

std::unique_ptr<QLockFile> lock_of(const QString& file) {
  auto lock = std::make_unique<QLockFile>(file + kLockSuffix);
  lock->setStaleLockTime(0);  // only the death of its owner frees it
  return lock;
}

}  // namespace

Autosave::Autosave(const QString& folder, Snapshot snapshot, std::chrono::milliseconds interval,
                   QObject* parent)
    : QObject(parent),
      folder_(folder),
      snapshot_(std::move(snapshot)),
      interval_(interval),
      clock_([] {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now().time_since_epoch());
      }),
      writer_(std::make_unique<JobRunner>()) {
  QDir().mkpath(folder_);
  file_ = QDir(folder_).filePath(QUuid::createUuid().toString(QUuid::WithoutBraces) + kSuffix);
  lock_ = lock_of(file_);
  lock_->tryLock(0);
  connect(&timer_, &QTimer::timeout, this, &Autosave::tick);
  timer_.start(1s);
}

Autosave::~Autosave() = default;

QString Autosave::defaultFolder() {
  return QDir(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation)).filePath("autosave");
}

std::optional<RecoveredSession> Autosave::recover() {
  for (const auto& left : QDir(folder_).entryInfoList({"*" + kSuffix}, QDir::Files, QDir::Time)) {
    if (left.filePath() == file_) continue;
    const auto lock = lock_of(left.filePath());
    if (!lock->tryLock(0)) continue;  // of a program that runs
    try {
      RecoveredSession recovered{read_session(left.filePath().toStdString()), {}, left.lastModified()};
      auto& other = recovered.session.other;
      if (const auto origin = other.find(kOrigin); origin != other.end() && origin->is_string())
        recovered.file = origin->get<std::string>();
      other.erase(kOrigin);
      QFile::remove(file_);
      if (!QFile::rename(left.filePath(), file_)) continue;
      dirty_ = true;
      return recovered;
    } catch (const Error&) {
      continue;
    }
  }
  return {};
}

void Autosave::tick() {
  if (!open_ || !dirty_ || interval_ <= 0ms || (last_ && clock_() - *last_ < interval_)) return;
  last_ = clock_();
  dirty_ = false;
  auto [session, origin] = snapshot_();
  session.other[kOrigin] = origin.string();
  writer_->run(
      tr("Save for the case of a crash"), this,
      [session = std::move(session), file = file_](const JobControl&) -> QString {
        try {
          write_session(session, file.toStdString());
          return {};
        } catch (const Error& error) {
          return QString::fromStdString(error.what());
        }
      },
      [this](const QString& failure) {
        if (failure.isEmpty())
          Q_EMIT saved(file_);
        else
          dirty_ = true;  // to be tried again
        if (!failure.isEmpty() && failure != failure_) Q_EMIT failed(failure);
        failure_ = failure;
      });
}

void Autosave::markSaved() {
  if (!open_) return;
  dirty_ = false;
  writer_->run(
      tr("Remove what was saved for the case of a crash"), this,
      [file = file_](const JobControl&) { return QFile::remove(file); }, [](bool) {});
}

void Autosave::close() {
  open_ = false;
  timer_.stop();
  writer_.reset();  // waits: a file that is being written would come back
  QFile::remove(file_);
  lock_->unlock();
}

}  // namespace octet::ui
