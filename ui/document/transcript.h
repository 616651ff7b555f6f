#pragma once

#include <QString>
#include <filesystem>
#include <map>
#include <memory>

namespace octet::ui {

/// What is said in a recording, and how, as far as files beside it tell: the reference set of its folder
/// (core/sets), clips.json as the demo voice has it, or a text file of the same name.
struct Transcript {
  QString text;        ///< empty where nothing tells
  QString tags;        ///< such as "en, lively"
  double seconds = 0;  ///< of a set; 0 where there is none
};

/// Reads each list once, however many of its recordings are asked for. Touches the disk: for a lane, not for
/// the window's thread. What cannot be read tells nothing.
class Transcripts {
 public:
  Transcript of(const std::filesystem::path& recording);

 private:
  struct Lists;

  std::map<std::filesystem::path, std::shared_ptr<const Lists>> folders_;
};

/// Of a single one.
inline Transcript transcript_of(const std::filesystem::path& recording) {
  return Transcripts().of(recording);
}

}  // namespace octet::ui
