#pragma once

#include <QString>
#include <QStringList>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/checkpoint/calibration.h"
#include "core/checkpoint/checkpoint.h"
#include "core/plan/plan.h"
#include "ui/session/session.h"

namespace octet::ui {

/// Something to speak: a sound file, or a file of speech tokens.
struct Clip {
  QString name;
  std::filesystem::path path;
  QString text = {};   ///< what is said in it; empty where nothing beside it tells
  QString tags = {};   ///< such as "en, lively"
  double seconds = 0;  ///< 0 where nothing beside it tells

  bool operator==(const Clip&) const = default;
};

/// Whose voice speaks: a sound file, a conditioning file, or, without a path, the clip's own.
struct Voice {
  QString name;
  std::filesystem::path path;

  bool operator==(const Voice&) const = default;
};

/// What a synthesis takes beside the clip and the plan.
struct SynthesisSettings {
  Voice voice;
  int steps = 0;  ///< Euler steps; 0: what the checkpoint was trained for
  std::uint64_t seed = 0;
  QString device = QStringLiteral("auto");
  int threads = 0;  ///< of the CPU; 0: one per core

  bool operator==(const SynthesisSettings&) const = default;
};

/// All that a window is about, loaded whole: every plan in it fits the checkpoint, so that nothing can fail
/// where it takes the place of another.
struct Document {
  static constexpr int kMostPlans = 9;  ///< a digit key each

  std::shared_ptr<const Checkpoint> checkpoint;
  std::filesystem::path calibration_file;  ///< empty: none
  std::shared_ptr<const Calibration>
      calibration;                   ///< of this checkpoint; none also where the file is not there
  std::vector<PrecisionPlan> plans;  ///< of A, B …: two at least
  int current_slot = 1;
  std::vector<Clip> clips;
  int current_clip = -1;      ///< -1: there is none
  std::vector<Voice> voices;  ///< the clip's own first
  SynthesisSettings settings;
  Session session;                             ///< what it was opened from; empty when a checkpoint alone
  std::vector<std::filesystem::path> missing;  ///< files it names that are not there, each once
};

/// As all is computed that others are compared with.
PrecisionPlan fp32_plan();

/// A checkpoint with the demo's clips: A as it is stored, B the seed plan. Of `settings` all but the voice is
/// taken. Throws Error(input) as Checkpoint::open does.
Document new_document(const std::filesystem::path& checkpoint, const SynthesisSettings& settings);

/// What a session stores. `file` names it in errors. Throws Error(input) also for a plan that does not fit
/// the checkpoint, naming plan and layer.
Document document_of(const Session& session, const std::filesystem::path& file);

/// Throws Error(input) for what is no calibration of this checkpoint.
std::shared_ptr<const Calibration> open_calibration(const std::filesystem::path& file,
                                                    const Checkpoint& checkpoint);

/// What the file is called beside others: as it wants, or where that is taken with its folder, "001 (b)".
/// Names stand for clips and voices in measures and sessions, so each is one's alone.
QString free_name(const QString& wanted, const std::filesystem::path& file, const QStringList& taken);
template <typename Named>
QString free_name(const QString& wanted, const std::filesystem::path& file,
                  const std::vector<Named>& others) {
  QStringList taken;
  for (const auto& other : others) taken << other.name;
  return free_name(wanted, file, taken);
}

/// The clip that a report, a session or a blind test calls so; the end where there is none. Their clips are
/// told apart by name, those of the window by path or place.
std::vector<Clip>::const_iterator clip_called(const std::vector<Clip>& clips, const std::string& name);

/// What a session calls the voice: the clip's own has no name.
QString stored_name(const Voice& voice);

/// The voice of this name; the clip's own when there is none.
Voice voice_named(const std::vector<Voice>& voices, const QString& name);

/// Absolute, also of one that is shown (ui/theme/shown_path.h), so that it names the same file wherever the
/// program goes.
std::filesystem::path settled(const std::filesystem::path& path);

}  // namespace octet::ui
