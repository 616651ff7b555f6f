#pragma once

#include <QDateTime>
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

/// A session that a crashed program left behind.
struct RecoveredSession {
  Session session;
  std::filesystem::path file;  ///< the session file it was opened from or saved to; empty: none yet
  QDateTime saved;
};

/// Writes the session to a folder of its own while it has unsaved changes, so that a crash costs little. Each
/// running program has a file and a lock there; a file whose lock is dead was left by a crash. Writing
/// happens on a thread of its own.
class Autosave : public QObject {
  Q_OBJECT

 public:
  using Clock = std::function<std::chrono::milliseconds()>;
  /// What to save now: the session, and the file it belongs to.
  using Snapshot = std::function<std::pair<Session, std::filesystem::path>()>;

  /// `folder` is created when missing. Saves at most every `interval`; 0: never.
  Autosave(const QString& folder, Snapshot snapshot, std::chrono::milliseconds interval,
           QObject* parent = nullptr);
  /// Without close() before, what was saved stays: as after a crash.
  ~Autosave() override;

  /// Below QStandardPaths::AppDataLocation.
  static QString defaultFolder();

  /// What the newest crash left, once: it becomes this program's own file, which close() removes.
  /// Files that cannot be read are skipped.
  std::optional<RecoveredSession> recover();

  void setInterval(std::chrono::milliseconds interval) { interval_ = interval; }
  /// Replaces the steady clock.
  void setClock(Clock clock) { clock_ = std::move(clock); }

  /// The session has changed.
  void markDirty() { dirty_ = true; }
  /// The session was saved to its own file: what was saved here is of no use any more.
  void markSaved();
  /// Saves when there are changes and the last time, if any, is long enough ago. A timer calls it every
  /// second.
  void tick();
  /// A clean exit: nothing is left behind.
  void close();

 Q_SIGNALS:
  void saved(const QString& path);
  /// Told once for each cause in a row.
  void failed(const QString& message);

 private:
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
  std::unique_ptr<JobRunner> writer_;
};

}  // namespace octet::ui
