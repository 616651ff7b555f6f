#include "core/sets/make_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/audio/sound_file.h"
#include "core/audio/sound_folder.h"
#include "core/dsp/time_stretch.h"
#include "core/error.h"
#include "core/synthesis/captured.h"

namespace octet {
namespace {

namespace fs = std::filesystem;

constexpr double kLongSeconds = 10, kQuietDecibels = -35, kTokensPerSecond = 25;
constexpr float kQuietGain = 0.1F;
constexpr double kFastSpeed = 1.25;

/// Of its mean over channels, in dBFS; -inf for silence.
double level(const Sound& sound) {
  double squares = 0;
  const auto one = mono(sound);
  for (const float sample : one.samples) squares += static_cast<double>(sample) * sample;
  return 10 * std::log10(squares / static_cast<double>(one.samples.size()));
}

double milliseconds(double seconds) { return std::max(std::round(seconds * 1000), 1.0) / 1000; }

SetClip describe(const fs::path& path, const SetFacts& facts) {
  SetClip clip;
  clip.file = path.filename().string();
  clip.sha256 = hash_of_clip(path);
  clip.speaker = facts.speaker;
  clip.language = facts.language;
  clip.licence = facts.licence;
  bool quiet = false;
  if (is_captured_utterance(path)) {
    clip.seconds =
        milliseconds(static_cast<double>(read_captured(path).request.tokens.size()) / kTokensPerSecond);
  } else {
    const auto sound = read_sound(path);
    clip.seconds = milliseconds(sound.seconds());
    quiet = level(sound) < kQuietDecibels;
  }
  if (quiet) clip.tags.emplace_back("quiet");
  if (clip.seconds >= kLongSeconds) clip.tags.emplace_back("long");
  return clip;
}

struct ClipVariant {
  const SetClip* of;
  const char* tag;
  std::string file;
};

std::vector<ClipVariant> variants_of(const fs::path& folder, const ReferenceSet& set) {
  std::vector<ClipVariant> variants;
  for (const auto& clip : set.clips) {
    if (!clip.made_from.empty() || is_captured_utterance(folder / clip.file)) continue;
    for (const auto* tag : {"quiet", "fast"}) {
      if (std::ranges::find(clip.tags, tag) != clip.tags.end()) continue;
      auto file = fs::path(clip.file).stem().string() + "." + tag + ".wav";
      std::error_code ignored;
      if (std::ranges::find(variants, file, &ClipVariant::file) != variants.end() ||
          fs::symlink_status(folder / file, ignored).type() != fs::file_type::not_found)
        throw Error(ErrorKind::usage, fmt::format("{} is there already", (folder / file).string()),
                    "give the sound another name, or do without variants");
      variants.push_back({&clip, tag, std::move(file)});
    }
  }
  return variants;
}

SetClip make(const fs::path& folder, const ClipVariant& variant) {
  auto sound = mono(read_sound(folder / variant.of->file));
  if (std::string_view(variant.tag) == "quiet")
    std::ranges::transform(sound.samples, sound.samples.begin(),
                           [](float sample) { return kQuietGain * sample; });
  else
    sound.samples = stretch_time(sound.samples, sound.sample_rate, kFastSpeed);
  write_wav(folder / variant.file, sound);
  auto clip =
      describe(folder / variant.file, {"", variant.of->speaker, variant.of->language, variant.of->licence});
  clip.text = variant.of->text;
  clip.made_from = variant.of->file;
  if (std::ranges::find(clip.tags, variant.tag) == clip.tags.end())
    clip.tags.insert(clip.tags.begin(), variant.tag);
  return clip;
}

}  // namespace

ReferenceSet describe_folder(const fs::path& folder, const SetFacts& facts) {
  auto paths = list_sounds(folder).sounds;
  for (auto& captured : captured_utterances(folder)) paths.push_back(std::move(captured));
  if (paths.empty())
    throw Error(ErrorKind::input, "there is no sound and no captured utterance in " + folder.string());
  ReferenceSet set{facts.name.empty() ? fs::weakly_canonical(folder).filename().string() : facts.name, {}};
  for (const auto& path : paths) set.clips.push_back(describe(path, facts));
  return set;
}

ReferenceSet with_variants(const fs::path& folder, const ReferenceSet& set) {
  auto all = set;
  for (const auto& variant : variants_of(folder, set)) all.clips.push_back(make(folder, variant));
  return all;
}

std::vector<std::string> not_described(const fs::path& folder, const ReferenceSet& set) {
  std::vector<std::string> names;
  auto paths = list_sounds(folder).sounds;
  for (auto& captured : captured_utterances(folder)) paths.push_back(std::move(captured));
  for (const auto& path : paths)
    if (auto name = path.filename().string();
        std::ranges::find(set.clips, name, &SetClip::file) == set.clips.end())
      names.push_back(std::move(name));
  return names;
}

}  // namespace octet
