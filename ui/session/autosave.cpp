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
const QString kUnopened = QStringLiteral("unopened");  // folder of what could not be opened
// Keys of a saved session: the file it belongs to, which it does not know itself, and how often it was handed
// out without being taken over.
constexpr auto kOrigin = "autosave_of";
constexpr auto kTries = "autosave_tries";
// Of a copy that stands for what was recovered: that one's name, until it is removed.
constexpr auto kReplaces = "autosave_replaces";
constexpr std::uint64_t kMostTries = 2;

std::unique_ptr<QLockFile> lock_of(const QString& file) {
  auto lock = std::make_unique<QLockFile>(file + kLockSuffix);
  lock->setStaleLockTime(0);  // only the death of its owner frees it
  return lock;
}

}  // namespace

Autosave::Autosave(JobRunner& writer, const QString& folder, Snapshot snapshot,
                   std::chrono::milliseconds interval, QObject* parent)
    : QObject(parent),
      writer_(writer),
      folder_(folder),
      snapshot_(std::move(snapshot)),
      interval_(interval),
      clock_([] {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now().time_since_epoch());
      }) {
  QDir().mkpath(folder_);
  file_ = QDir(folder_).filePath(QUuid::createUuid().toString(QUuid::WithoutBraces) + kSuffix);
  lock_ = lock_of(file_);
  lock_->tryLock(0);
  connect(&timer_, &QTimer::timeout, this, &Autosave::tick);
  timer_.start(1s);
}

Autosave::~Autosave() { writer_.finish(); }  // nobody else gets a file that is being written

QString Autosave::defaultFolder() {
  return QDir(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation)).filePath("autosave");
}

QFileInfoList Autosave::leftFiles() const {
  auto files = QDir(folder_).entryInfoList({"*" + kSuffix}, QDir::Files, QDir::Time);
  files.removeIf([this](const QFileInfo& file) {
    return file.filePath() == file_ || file.filePath() == recovered_file_ ||
           !lock_of(file.filePath())->tryLock(0);  // of a program that runs
  });
  return files;
}

std::optional<QDateTime> Autosave::left() const {
  const auto files = leftFiles();
  return files.isEmpty() ? std::nullopt : std::optional(files.front().lastModified());
}

/// A crash came between the copy that stands for recovered work and the removal of that work.
void Autosave::removeReplaced() const {
  for (const auto& left : leftFiles()) {
    try {
      const auto name = read_session(left.filePath().toStdString()).other.value(kReplaces, std::string());
      if (!name.empty()) QFile::remove(QDir(folder_).filePath(QString::fromStdString(name)));
    } catch (const Error&) {
      continue;  // what cannot be read is set aside below
    }
  }
}

std::optional<Recovery> Autosave::recover() {
  removeReplaced();
  for (const auto& left : leftFiles()) {
    auto lock = lock_of(left.filePath());
    if (!lock->tryLock(0)) continue;
    try {
      const auto file = left.filePath().toStdString();
      auto session = read_session(file);
      const auto tries = session.other.value(kTries, std::uint64_t(0));
      if (tries >= kMostTries) throw Error(ErrorKind::input, file + " was tried before");
      auto counted = session;
      counted.other[kTries] = tries + 1;
      write_session(counted, file);
      const auto origin = session.other.value(kOrigin, std::string());
      session.other.erase(kOrigin);
      session.other.erase(kTries);
      session.other.erase(kReplaces);
      recovered_ = FiledSession{std::move(session), origin};
      recovered_file_ = left.filePath();
      recovered_lock_ = std::move(lock);
      return Recovery{*recovered_, left.lastModified()};
    } catch (const std::exception&) {
      putAside(left.filePath());
    }
  }
  return {};
}

void Autosave::putAside(const QString& file) {
  const QDir folder(folder_);
  const auto place = folder.filePath(kUnopened + '/' + QFileInfo(file).fileName());
  if (folder.mkpath(kUnopened) && QFile::rename(file, place)) Q_EMIT setAside(place);
}

void Autosave::takeOver() {
  if (!recovered_ || !open_) return;
  // Locked until its copy is written.
  const std::shared_ptr<QLockFile> lock = std::move(recovered_lock_);
  recovered_->session.other[kReplaces] = QFileInfo(recovered_file_).fileName().toStdString();
  write(*std::exchange(recovered_, std::nullopt),
        [left = std::exchange(recovered_file_, {}), lock] { QFile::remove(left); });
}

void Autosave::tick() {
  if (dirty_ && interval_ > 0ms && (!last_ || clock_() - *last_ >= interval_)) renew();
}

void Autosave::renew() {
  if (!open_) return;
  last_ = clock_();
  dirty_ = false;
  if (auto snapshot = interval_ > 0ms ? snapshot_() : std::nullopt)
    write(std::move(*snapshot), [] {});
  else
    removeOwn();  // all was undone: an older state must not come back
}

/// `then` runs on the writer's thread.
void Autosave::write(FiledSession work, std::function<void()> then) {
  work.session.other[kOrigin] = work.file.string();
  writer_.run(
      tr("Save for the case of a crash"), this,
      [session = std::move(work.session), file = file_,
       then = std::move(then)](const JobControl&) -> QString {
        try {
          write_session(session, file.toStdString());
          then();
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

void Autosave::saveBefore(FiledSession work) {
  if (open_) write(std::move(work), [] {});
}

void Autosave::forget() {
  if (!open_) return;
  dirty_ = false;
  removeOwn();
}

void Autosave::removeOwn() {
  writer_.run(
      tr("Remove what was saved for the case of a crash"), this,
      [file = file_](const JobControl&) { return QFile::remove(file); }, [](bool) {});
}

void Autosave::close() {
  open_ = false;
  timer_.stop();
  writer_.finish();  // a file that is being written would come back, and so would one that is not yet removed
  QFile::remove(file_);
  lock_->unlock();
}

}  // namespace octet::ui
