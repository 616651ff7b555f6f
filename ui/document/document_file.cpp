#include "ui/document/document_file.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QMessageBox>
#include <QScopedValueRollback>

#include "core/error.h"
#include "core/output_place.h"
#include "core/resources.h"
#include "ui/theme/path_row.h"
#include "ui/workbench/workbench.h"

namespace octet::ui {
namespace {

std::filesystem::path path_of(const QString& path) { return std::filesystem::path(path.toStdString()); }

/// The window goes on drawing; what the person does comes after.
void wait_for_events() {
  QCoreApplication::processEvents(QEventLoop::ExcludeUserInputEvents | QEventLoop::WaitForMoreEvents);
}

}  // namespace

DocumentFile::DocumentFile(Workbench& workbench, Layout layout, QWidget& window)
    : workbench_(workbench), layout_(std::move(layout)), window_(window) {
  for (const auto change :
       {&Workbench::clipsChanged, &Workbench::voicesChanged, &Workbench::settingsChanged,
        &Workbench::planSlotsChanged, &Workbench::calibrationChanged, &Workbench::blindTestsChanged})
    connect(&workbench_, change, this, &DocumentFile::note);
  connect(&workbench_, &Workbench::planChanged, this, &DocumentFile::note);
  connect(&workbench_, &Workbench::documentReplaced, this, [this] {
    path_.clear();
    saved_ = content();
  });
  // What was spoken, and which clip is shown, is kept safe, but is no work that could be unsaved.
  for (const auto change : {&Workbench::runMade, &Workbench::currentClipChanged})
    connect(&workbench_, change, this, [this] {
      if (autosave_) autosave_->markDirty();
    });
}

Session DocumentFile::content() const { return work_of(workbench_.session()); }

bool DocumentFile::modified() const { return workbench_.checkpoint() && content() != saved_; }

void DocumentFile::note() {
  if (autosave_) autosave_->markDirty();
  Q_EMIT changed();
}

void DocumentFile::openDemo() {
  open({tr("the demo voice"), [settings = workbench_.settings()] {
          return new_document(demo_voice_folder() / "s3gen_demo.safetensors", settings);
        }});
}

void DocumentFile::openCheckpoint(const QString& path, std::function<void()> then) {
  open({.name = QFileInfo(path).fileName(),
        .read = [path = path_of(path),
                 settings = workbench_.settings()] { return new_document(path, settings); },
        .then = std::move(then)});
}

void DocumentFile::openSession(const QString& path, std::function<void()> then) {
  const auto absolute = QFileInfo(path).absoluteFilePath();
  open({.name = QFileInfo(path).fileName(),
        .read = [file = path_of(absolute)] { return document_of(read_session(file), file); },
        .path = absolute,
        .then = std::move(then)});
}

bool DocumentFile::recover() {
  const auto left = autosave_ ? autosave_->recover() : std::nullopt;
  if (!left) return false;
  const auto& [session, file] = left->work;
  open({tr("what was saved before the crash"),
        [session = session, file = file] {
          return document_of(session, file.empty() ? path_of(tr("the session from before the crash")) : file);
        },
        QString::fromStdString(file.string()), left->saved});
  return true;
}

void DocumentFile::open(const Source& source) {
  if (!maybeSave()) return;
  workbench_.load(source.name, source.read, [this, source, answered = content()](const Document& document) {
    // What was changed while it loaded was not asked about.
    if (content() != answered && !maybeSave()) return;
    take(document, source);
  });
}

void DocumentFile::take(const Document& document, const Source& source) {
  const auto session = document.session;
  workbench_.adopt(document);
  path_ = source.path;
  if (source.saved) saved_.reset();  // in no file of the person's
  if (autosave_) source.saved ? autosave_->takeOver() : autosave_->forget();
  Q_EMIT changed();
  if (!path_.isEmpty()) Q_EMIT filed(path_);
  Q_EMIT opened(session);
  if (source.saved) Q_EMIT recovered(*source.saved);
  if (source.then) source.then();
}

void DocumentFile::startSaving(const QString& path, std::function<void(bool)> then) {
  const auto end = [then = std::move(then)](bool saved) {
    if (then) then(saved);
  };
  if (!workbench_.checkpoint()) {
    Q_EMIT problem(tr("There is nothing to save yet."), tr("Open a checkpoint or the demo voice first."));
    return end(false);
  }
  const auto chosen = path.isEmpty() ? asked_for_file(&window_, tr("Save the session"), "work.octet",
                                                      tr("Sessions (*.octet)"))
                                     : QFileInfo(path).absoluteFilePath();
  if (chosen.isEmpty()) return end(false);
  auto session = workbench_.session();
  std::tie(session.geometry, session.state) = layout_();
  if (autosave_) autosave_->saveBefore({session, path_of(chosen)});
  ++saving_;
  // What went wrong is a result here, so that who waits hears of it.
  workbench_.lanes().writing.run(
      tr("Save %1").arg(QFileInfo(chosen).fileName()), this,
      [session, place = path_of(chosen)](const JobControl&) -> std::optional<Error> {
        try {
          check_outputs({place}, files_of(session));
          write_session(session, place);
          return std::nullopt;
        } catch (const Error& error) {
          return error;
        }
      },
      [this, session, chosen, end, checkpoint = workbench_.checkpoint()](const std::optional<Error>& error) {
        --saving_;
        const bool still_open = workbench_.checkpoint() == checkpoint;
        if (error) {
          if (autosave_) autosave_->renew();  // the copy names that file
          Q_EMIT problem(QString::fromUtf8(error->what()), QString::fromStdString(error->hint()));
        } else if (still_open) {
          noteSaved(session, chosen);
        }
        end(!error);
      });
}

/// What was changed since it was written is unsaved still.
void DocumentFile::noteSaved(const Session& session, const QString& path) {
  path_ = path;
  saved_ = work_of(session);
  if (autosave_) modified() ? autosave_->markDirty() : autosave_->forget();
  Q_EMIT changed();
  Q_EMIT filed(path_);
}

bool DocumentFile::save(const QString& path) {
  std::optional<bool> saved;
  startSaving(path, [&saved](bool done) { saved = done; });
  while (!saved) wait_for_events();
  return *saved;
}

bool DocumentFile::maybeSave() {
  if (asking_) return false;
  const QScopedValueRollback asking(asking_, true);
  while (saving_ > 0) wait_for_events();
  if (!modified()) return true;
  QMessageBox question(QMessageBox::Question, tr("Unsaved changes"),
                       path_.isEmpty() ? tr("Save the session?")
                                       : tr("Save the changes of %1?").arg(QFileInfo(path_).fileName()),
                       QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, &window_);
  question.setObjectName("unsavedWork");
  question.setInformativeText(tr("Plans, clips or settings were changed and are saved nowhere yet."));
  question.setDefaultButton(QMessageBox::Save);
  switch (question.exec()) {
    case QMessageBox::Save: return save(path_);
    case QMessageBox::Discard: return true;
    default: return false;
  }
}

void DocumentFile::keepSafe(const QString& folder, std::chrono::milliseconds interval) {
  autosave_ = std::make_unique<Autosave>(
      workbench_.lanes().writing, folder,
      [this]() -> std::optional<FiledSession> {
        if (!modified()) return {};
        auto session = workbench_.session();
        std::tie(session.geometry, session.state) = layout_();
        return FiledSession{std::move(session), path_of(path_)};
      },
      interval);
  connect(autosave_.get(), &Autosave::saved, this, &DocumentFile::madeSafe);
  connect(autosave_.get(), &Autosave::failed, this,
          [this](const QString& message) { Q_EMIT problem(message, {}); });
  connect(autosave_.get(), &Autosave::setAside, this, [this](const QString& path) {
    Q_EMIT problem(tr("Work from before a crash cannot be opened."),
                   tr("It is kept as %1; File > Open tries again.").arg(path));
  });
}

void DocumentFile::setInterval(std::chrono::milliseconds interval) {
  if (autosave_) autosave_->setInterval(interval);
}

std::optional<QDateTime> DocumentFile::left() const { return autosave_ ? autosave_->left() : std::nullopt; }

void DocumentFile::close() {
  workbench_.lanes().writing.finish();
  if (autosave_) autosave_->close();
}

}  // namespace octet::ui
