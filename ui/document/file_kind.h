#pragma once

#include <filesystem>
#include <optional>

namespace octet::ui {

/// What a file is to a window.
enum class FileKind { checkpoint, session, plan, calibration, sensitivity, pairs, risk, clip, voice };

/// Where the name tells; the file is not touched. None: what it holds has to tell.
std::optional<FileKind> kind_by_name(const std::filesystem::path& path);

/// Whether a clip or a voice of this name is no sound, but tokens or a conditioning.
bool holds_tensors(const std::filesystem::path& path);

/// Looks into the file where the name does not tell. What is none of these is a checkpoint, or a plan
/// where it is JSON, so that opening says what is wrong. May take long: for a lane, not for the window's
/// thread.
FileKind kind_of(const std::filesystem::path& path);

}  // namespace octet::ui
