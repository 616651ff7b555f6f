#pragma once

#include <QDateTime>
#include <QFileInfo>
#include <QLockFile>
#include <QObject>
#include <QTimer>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "ui/jobs/job_runner.h"
#include "ui/session/session.h"

namespace octet::ui {

/// A session, and the file it was opened from or saved to; empty: none yet.
struct FiledSession {
  Session session;
  std::filesystem::path file;
};

/// What crashed programs left behind.
struct Recovery {
  FiledSession work;
  QDateTime saved;
};

/// Writes the session to a folder of its own while it has unsaved changes, so that a crash costs little. Each
/// running program has a file and a lock there; a file whose lock is dead was left by a crash. It stays until
/// its work is open in another program and safe there. Writing happens on a lane, in the order it was asked
/// for.
class Autosave : public QObject {
  Q_OBJECT

 public:
  using Clock = std::function<std::chrono::milliseconds()>;
  /// What to save now; nothing when there is no unsaved work.
  using Snapshot = std::function<std::optional<FiledSession>()>;

  /// `writer` outlives this. `folder` is created when missing. Saves at most every `interval`; 0: never.
  Autosave(JobRunner& writer, const QString& folder, Snapshot snapshot, std::chrono::milliseconds interval,
           QObject* parent = nullptr);
  /// Without close() before, what was saved stays: as after a crash.
  ~Autosave() override;

  /// Below QStandardPaths::AppDataLocation.
  static QString defaultFolder();

  /// When the newest work was saved that a crash left.
  std::optional<QDateTime> left() const;
  /// The newest work that a crash left, to be opened. Its file stays as it is until `takeOver`, and no other
  /// program gets it meanwhile. What was handed out twice and not taken over, because the program crashed or
  /// it did not open, or what cannot be read, is moved to the folder "unopened": `setAside` tells.
  std::optional<Recovery> recover();
  /// What was recovered is open: from now on this program's own copy stands for it.
  void takeOver();

  void setInterval(std::chrono::milliseconds interval) { interval_ = interval; }
  /// Replaces the steady clock.
  void setClock(Clock clock) { clock_ = std::move(clock); }

  /// The session has changed.
  void markDirty() { dirty_ = true; }
  /// Before the person's own file is written, on the same lane: saves that work here, too. Whatever moment
  /// the program dies in, nothing older than that file comes back.
  void saveBefore(FiledSession work);
  /// Saves what there is now, or that there is nothing: the copy is of something else.
  void renew();
  /// The person saved the session or gave it up: what was saved here is of no use any more.
  void forget();
  /// Saves when there are changes and the last time, if any, is long enough ago. A timer calls it every
  /// second.
  void tick();
  /// A clean exit, after `forget` or without changes: nothing of this program's own is left behind.
  void close();

 Q_SIGNALS:
  void saved(const QString& path);
  /// Told once for each cause in a row.
  void failed(const QString& message);
  /// What a crash left could not be opened, and is kept at `path`.
  void setAside(const QString& path);

 private:
  QFileInfoList leftFiles() const;
  void putAside(const QString& file);
  void write(FiledSession work, std::function<void()> then);
  void removeReplaced() const;
  void removeOwn();

  JobRunner& writer_;
  QString folder_;
  QString file_;
  Snapshot snapshot_;
  std::chrono::milliseconds interval_;
  Clock clock_;
  std::optional<std::chrono::milliseconds> last_;  ///< when it saved
  bool dirty_ = false;
  bool open_ = true;
  QString failure_;
  QTimer timer_;
  std::unique_ptr<QLockFile> lock_;
  std::optional<FiledSession> recovered_;  // handed out, not yet taken over
  QString recovered_file_;
  std::unique_ptr<QLockFile> recovered_lock_;
};

}  // namespace octet::ui
