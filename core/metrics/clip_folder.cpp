#include "core/metrics/clip_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/audio/sound_doubts.h"
#include "core/audio/sound_folder.h"
#include "core/error.h"
#include "core/metrics/clip_failure.h"
#include "core/sets/set_balance.h"
#include "core/synthesis/captured.h"
#include "core/synthesis/voice_check.h"

namespace octet {
namespace {

namespace fs = std::filesystem;

/// What a folder's clips are made from.
struct Sources {
  std::vector<fs::path> paths;
  std::vector<SetClip> described;  ///< of a reference set, in the same order
  std::vector<std::string> warnings;
};

std::string passed_over(const fs::path& folder, const std::vector<std::string>& names) {
  return fmt::format("{}: passed over {} that {} no sound: {}", folder.string(), names.size(),
                     names.size() == 1 ? "is" : "are", fmt::join(names, ", "));
}

Sources sources_in(const fs::path& folder) {
  if (is_reference_set(folder)) {
    const auto set = read_set(folder);
    Sources sources{{}, set.clips, {}};
    for (const auto& clip : set.clips) sources.paths.push_back(folder / clip.file);
    if (const auto lacks = balance_of(set).lacks; !lacks.empty())
      sources.warnings.push_back(fmt::format("{}: {}", set_file(folder).string(), fmt::join(lacks, "; ")));
    return sources;
  }
  if (auto captured = captured_utterances(folder); !captured.empty()) return {std::move(captured), {}, {}};
  auto [sounds, others] = list_sounds(folder);
  if (sounds.empty())
    throw Error(ErrorKind::input, "there is no sound in " + folder.string(),
                others.empty() ? "" : passed_over(folder, others));
  Sources sources{std::move(sounds), {}, {}};
  if (!others.empty()) sources.warnings.push_back(passed_over(folder, others));
  return sources;
}

/// Its stem, or its whole name where another of the folder has the same stem.
std::string clip_name(const fs::path& path, const std::vector<fs::path>& all) {
  if (path.filename().empty()) return path.parent_path().filename().string();  // written with a slash behind
  if (is_captured_utterance(path)) return path.filename().string();
  const auto same = std::ranges::count(all, path.stem(), [](const auto& other) { return other.stem(); });
  return (same == 1 ? path.stem() : path.filename()).string();
}

/// Makes requests of sounds and captured utterances.
class ClipReader {
 public:
  ClipReader(const Engine& engine, const JobControl& control) : engine_(engine), control_(control) {}

  ComparisonClip operator()(const std::string& name, const fs::path& path) {
    return is_captured_utterance(path) ? ComparisonClip{name, captured(path), {}} : heard(name, path);
  }
  /// On what was read.
  std::vector<std::string> warnings;

 private:
  void warn(const std::vector<std::string>& said) {
    warnings.insert(warnings.end(), said.begin(), said.end());
  }

  SynthesisRequest captured(const fs::path& folder) {
    auto [name, request, meanflow, notices] = read_captured(folder);
    if (meanflow != (engine_.checkpoint().variant() == Variant::meanflow))
      throw Error(ErrorKind::input, "it was not spoken by a model of this variant");
    auto checked = check_voice(std::move(request.voice), folder.string());
    request.voice = std::move(checked.voice);
    warn(notices);
    warn(checked.warnings);
    return request;
  }

  ComparisonClip heard(const std::string& name, const fs::path& path) {
    if (!model_)
      model_ = engine_.bind(stored_plan(engine_.checkpoint().layers(), engine_.checkpoint().metadata()));
    auto sound = std::make_shared<const Sound>(read_sound(path));
    ComparisonClip clip{name, {}, sound, path};
    clip.request.tokens = engine_.tokenize(*model_, *sound, control_);
    clip.request.voice = engine_.condition(*model_, *sound, control_);
    warn(sound->notices);
    warn(doubts(*sound, path.string()));
    return clip;
  }

  const Engine& engine_;
  const JobControl& control_;
  std::shared_ptr<const BoundModel> model_;  ///< what sounds are heard through
};

void require_hearing(const Checkpoint& checkpoint) {
  const auto& parts = checkpoint.components();
  for (const auto* needed : {"tokenizer", "speaker_encoder"})
    if (std::ranges::find(parts, needed) == parts.end())
      throw Error(ErrorKind::input, fmt::format("{} has no {}", checkpoint.path().string(), needed),
                  "clips are heard through it: use the full checkpoint");
}

}  // namespace

ClipFolder read_clips(const Engine& engine, const fs::path& folder, const JobControl& control,
                      std::size_t most) {
  const auto sources = sources_in(folder);
  if (!std::ranges::all_of(sources.paths, is_captured_utterance)) require_hearing(engine.checkpoint());
  ClipReader read(engine, control);
  read.warnings = sources.warnings;
  ClipFolder found;
  std::optional<Error> first_error;
  const auto all = sources.paths.size(), count = std::min(most, all);
  for (std::size_t chosen = 0; chosen < count; ++chosen) {
    const auto i = chosen * all / count;
    const auto& path = sources.paths[i];
    const auto name = clip_name(path, sources.paths);
    const auto failure = failure_of([&] {
      if (!sources.described.empty()) check_clip(folder, sources.described[i]);
      found.clips.push_back(read(name, path));
    });
    if (!failure) continue;
    found.skipped.push_back({name, failure->what()});
    if (!first_error) first_error = failure;
  }
  found.warnings = std::move(read.warnings);
  if (found.clips.empty())
    throw Error(first_error->kind(),
                fmt::format("none of the {} clips in {} can be used; the first: {}", count, folder.string(),
                            first_error->what()),
                first_error->hint());
  return found;
}

}  // namespace octet
