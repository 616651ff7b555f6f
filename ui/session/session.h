#pragma once

#include <QByteArray>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics/blind_test.h"
#include "core/plan/plan.h"

namespace octet::ui {

/// What a file of this version does not know is kept in `other` and written again.
using UnknownKeys = nlohmann::json;

struct SessionPlan {
  std::string slot;  ///< "A", "B" …
  PrecisionPlan plan;
  UnknownKeys other = nlohmann::json::object();

  bool operator==(const SessionPlan&) const = default;
};

/// A clip or a voice. Without a path: tokens of a run, or the clip's own voice.
struct SessionFile {
  std::string name;
  std::filesystem::path path;  ///< absolute
  UnknownKeys other = nlohmann::json::object();

  bool operator==(const SessionFile&) const = default;
};

/// What was spoken. Sound is not stored: the same request gives it again.
struct SessionRun {
  std::string slot;
  std::string clip;   ///< name among the clips
  std::string voice;  ///< name among the voices; empty: the clip's own
  int steps = 0;      ///< Euler steps; 0: what the checkpoint was trained for
  std::uint64_t seed = 0;
  UnknownKeys other = nlohmann::json::object();

  bool operator==(const SessionRun&) const = default;
};

/// All that the window is about, as docs/formats.md, "Session", stores it.
struct Session {
  std::filesystem::path checkpoint;   ///< absolute; empty: none is open
  std::string checkpoint_sha256;      ///< Checkpoint::source_sha256; empty when it was not computed
  std::filesystem::path calibration;  ///< absolute; empty: none
  std::vector<SessionPlan> plans;
  std::string current_slot;
  std::vector<SessionFile> clips;
  std::string current_clip;
  std::vector<SessionFile> voices;
  std::string current_voice;
  std::vector<SessionRun> runs;
  int steps = 0;  ///< of the next synthesis
  std::uint64_t seed = 0;
  std::string device = "auto";
  int threads = 0;                                           ///< of the CPU; 0: one per core
  QByteArray geometry;                                       ///< QMainWindow::saveGeometry
  QByteArray state;                                          ///< QMainWindow::saveState
  nlohmann::json listening_tests = nlohmann::json::array();  ///< blind tests, and others, which are kept
  UnknownKeys other = nlohmann::json::object();

  bool operator==(const Session&) const = default;
};

/// What a person would miss of a session: all but the runs, which come back by themselves, what is selected,
/// where it is computed, how the window is laid out, and the checksum, which is known late.
Session work_of(Session session);

/// Its listening tests that are blind tests, as read_session and to_json give them.
std::vector<BlindTest> blind_tests_of(const Session& session);

/// Throws Error(input) naming the file, and line and key where one is to blame. Files that it names need not
/// exist.
Session read_session(const std::filesystem::path& path);

/// Atomic. Files beside or below the session are written relative to it, so that the folder can be moved;
/// those of the demo voice as "demo:…", wherever it is installed. Throws Error(output) naming the path.
void write_session(const Session& session, const std::filesystem::path& path);

/// The same text in two steps, for a writer on another thread: what write_session would write to `path`.
std::string format_session(const Session& session, const std::filesystem::path& path);

/// Files the session names, its inputs; empty paths are none.
std::vector<std::filesystem::path> files_of(const Session& session);

/// Those that are not there, each once.
std::vector<std::filesystem::path> missing_files(const Session& session);

/// A sentence for a person when the checkpoint is not the one the session was made with; empty when it is, or
/// when the session does not know.
std::string changed_checkpoint(const Session& session, std::string_view sha256);

}  // namespace octet::ui
