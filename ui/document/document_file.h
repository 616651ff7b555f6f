#pragma once

#include <QObject>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "ui/document/document.h"
#include "ui/session/autosave.h"

class QWidget;

namespace octet::ui {

class Workbench;

/// Where the workbench's document comes from and is saved to. Asks before unsaved work is given up, and keeps
/// a safety copy until the person saved it or gave it up.
class DocumentFile : public QObject {
  Q_OBJECT

 public:
  /// Geometry and state of the window, as they are saved with the document.
  using Layout = std::function<std::pair<QByteArray, QByteArray>()>;

  /// `workbench` and `window`, above which it asks, outlive this.
  DocumentFile(Workbench& workbench, Layout layout, QWidget& window);

  /// The session file; empty when there is none yet.
  const QString& path() const { return path_; }
  /// Whether there is work that would be gone with the window.
  bool modified() const;

  void openDemo();
  /// `then` is done with the document in place; not at all where it is not opened.
  void openCheckpoint(const QString& path, std::function<void()> then = {});
  void openSession(const QString& path, std::function<void()> then = {});
  /// Writes on a lane, and asks for a place when `path` is empty. `then` hears whether it was saved.
  void startSaving(const QString& path, std::function<void(bool)> then = {});
  /// The same, and waits: other events come meanwhile, the person's do not. False: nothing was saved.
  bool save(const QString& path);
  /// Asks whether to save what is unsaved. False: all stays as it is.
  bool maybeSave();

  /// Keeps a safety copy in `folder` from now on, at most every `interval`; 0: never.
  void keepSafe(const QString& folder, std::chrono::milliseconds interval);
  void setInterval(std::chrono::milliseconds interval);
  /// When the newest work was saved that a crash left.
  std::optional<QDateTime> left() const;
  /// Opens what a crash left. False: there is nothing.
  bool recover();
  /// The window closes: nothing is unsaved, or all of it was given up. Waits for what is being written.
  void close();

 Q_SIGNALS:
  /// path() or modified().
  void changed();
  /// It was opened from this session file, or saved to it.
  void filed(const QString& path);
  /// Another document is in place. Empty when it came from a checkpoint alone.
  void opened(const octet::ui::Session& session);
  /// The opened one had been saved then for the case of a crash.
  void recovered(const QDateTime& saved);
  /// There is a safety copy of what was there when it was begun.
  void madeSafe();
  void problem(const QString& message, const QString& hint);

 private:
  struct Source {
    QString name;
    std::function<Document()> read;
    QString path = {};                    ///< the session file it belongs to
    std::optional<QDateTime> saved = {};  ///< for the case of a crash; empty: it was opened by the person
    std::function<void()> then = {};
  };

  void open(const Source& source);
  void take(const Document& document, const Source& source);
  Session content() const;
  void note();
  void noteSaved(const Session& session, const QString& path);

  Workbench& workbench_;
  Layout layout_;
  QWidget& window_;
  QString path_;
  std::optional<Session> saved_;  ///< the document as it was opened or saved; empty: nowhere
  std::unique_ptr<Autosave> autosave_;
  bool asking_ = false;
  int saving_ = 0;  ///< how many saves are on their way
};

}  // namespace octet::ui
