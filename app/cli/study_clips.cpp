#include "app/cli/study_clips.h"

#include "app/cli/inputs.h"
#include "app/cli/numbers.h"
#include "core/metrics/clip_folder.h"
#include "core/resources.h"

namespace octet::cli {
namespace {

// Of the demo's clips, that all its layers are done in three minutes on two cores.
constexpr std::size_t kDemoClips = 3;
constexpr double kDemoSeconds = 1.5;

}  // namespace

void add_clip_options(CLI::App& command, StudyClips& clips) {
  command.add_option("--clips", clips.folder,
                     "folder of sound files or captured utterances; some of the demo's when not given");
  command
      .add_option("--seconds", clips.seconds, "of each sound; all of it when not given, of the demo's 1.5")
      ->check(decimal_number(0.1, 3600));
  command.add_option("--steps", clips.steps, "Euler steps")->check(whole_number(1, 50));
}

HeardClips heard_clips(const StudyClips& asked, Precision base, const Engine& engine, const Globals& globals,
                       Warnings& warnings, const JobControl& control) {
  const bool demo = asked.folder.empty();
  auto folder =
      read_clips(engine, demo ? demo_voice_folder() / "clips" : std::filesystem::path(asked.folder), control);
  auto clips = demo ? some_of(folder.clips, kDemoClips) : std::move(folder.clips);
  for (auto& clip : clips) {
    clip.request.seed = globals.seed;
    if (asked.steps != 0) clip.request.steps = asked.steps;
  }
  if (!demo) warnings.say(folder.warnings);
  const auto seconds = demo ? std::min(kDemoSeconds, asked.seconds) : asked.seconds;
  auto heard = heard_in_base(engine, base, clips, seconds, control);
  heard.skipped.insert(heard.skipped.begin(), folder.skipped.begin(), folder.skipped.end());
  return heard;
}

}  // namespace octet::cli
