#pragma once

#include <QString>
#include <filesystem>

namespace octet::ui {

/// What is said in a recording, and how, as far as files beside it tell: clips.json as the demo voice has it,
/// or a text file of the same name.
struct Transcript {
  QString text;  ///< empty where nothing tells
  QString tags;  ///< such as "en, lively"
};

/// Touches the disk: for a lane, not for the window's thread. What cannot be read tells nothing.
Transcript transcript_of(const std::filesystem::path& recording);

}  // namespace octet::ui
