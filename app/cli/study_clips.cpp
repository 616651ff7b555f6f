#include "app/cli/study_clips.h"

#include "app/cli/inputs.h"
#include "app/cli/numbers.h"

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
  auto folder = open_clips(engine, asked.folder, kDemoClips, asked.steps, globals, control);
  warnings.say(folder.warnings);
  const auto seconds = asked.folder.empty() ? std::min(kDemoSeconds, asked.seconds) : asked.seconds;
  auto heard = heard_in_base(engine, base, folder.clips, seconds, control);
  heard.skipped.insert(heard.skipped.begin(), folder.skipped.begin(), folder.skipped.end());
  return heard;
}

}  // namespace octet::cli
