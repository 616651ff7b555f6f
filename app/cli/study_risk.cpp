#include "app/cli/inputs.h"
#include "app/cli/outputs.h"
#include "app/cli/study.h"
#include "core/checkpoint/components.h"
#include "core/study/risk.h"

namespace octet::cli {
namespace {

struct RiskOptions {
  std::string checkpoint, plan = "seed", set, out;
  double speech_level = 65;
};

/// Of the demo's clips, so that each risk is known within a minute or two.
constexpr std::size_t kDemoClips = 3;

/// What makes a finding doubtful; of most nothing does.
template <typename Found>
std::vector<std::string> doubts_of(const Found&) {
  return {};
}
std::vector<std::string> doubts_of(const SpeakerRisk& found) { return doubts(found); }

/// Takes what `look` finds of the plan on the clips, and prints it.
template <typename Look>
void run(const RiskOptions& options, const Globals& globals, const Look& look) {
  check_places(globals, {options.out}, {options.checkpoint, plan_path(options.plan)});
  const auto checkpoint = open_checkpoint(options.checkpoint, globals);
  require_speech(*checkpoint);
  require_components(*checkpoint, {"tokenizer", "speaker_encoder", "flow", "mel2wav"});
  const auto engine = start_engine(checkpoint, globals);
  const auto plan = open_plan_for(*checkpoint, options.plan, globals);
  Warnings warnings;
  warnings.say(plan.warnings);
  ProgressBar bar(globals);
  const auto folder = open_clips(engine, options.set, kDemoClips, /*steps=*/0, globals, bar.control());
  warnings.say(folder.warnings);
  const auto found = look(engine, plan, folder.clips, bar.control());
  warnings.say(doubts_of(found));
  if (!options.out.empty()) write_text(options.out, to_json(found));
  print_beside({options.out}, globals, globals.json ? to_json(found) : to_table(found));
  refuse_skipped(folder.skipped);
}

template <typename Look>
CLI::App* add(CLI::App& risk, const Globals& globals, const std::shared_ptr<RiskOptions>& options,
              const char* name, const char* what, const Look& look) {
  auto* command = risk.add_subcommand(name, what);
  command->add_option("CKPT", options->checkpoint, "checkpoint or export")->required();
  command->add_option("--plan", options->plan, "plan file or preset")->capture_default_str();
  command->add_option("--set", options->set,
                      "folder of clips or a reference set; three of the demo's when not given");
  command->add_option("-o,--out", options->out, "the figures as JSON");
  command->callback([options, &globals, look] { run(*options, globals, look); });
  return command;
}

}  // namespace

void add_risk(CLI::App& study, const Globals& globals) {
  auto* risk = study.add_subcommand("risk",
                                    "Where rounding weights is known to go wrong, looked at by itself.\n"
                                    "Example: octet study risk istft s3gen.safetensors --plan seed");
  risk->require_subcommand(1);
  risk->fallthrough();
  auto options = std::make_shared<RiskOptions>();
  add(*risk, globals, options, "steps",
      "How an error of the flow grows over Euler steps, where in them precision matters, what guidance makes "
      "of it.\n"
      "Example: octet study risk steps s3gen.safetensors --plan seed",
      risk_of_steps);
  add(*risk, globals, options, "istft",
      "What the vocoder's last layer makes of errors, in magnitude, phase and waveform.\n"
      "Example: octet study risk istft s3gen.safetensors --plan seed",
      risk_of_istft);
  add(*risk, globals, options, "snake",
      "What rounding alpha makes of Snake, channel by channel.\n"
      "Example: octet study risk snake s3gen.safetensors --plan seed -o snake.json",
      risk_of_snake);
  add(*risk, globals, options, "speaker",
      "Whether a voice stays itself: embeddings by fp32, bf16, int8 and the plan, and of what is spoken.\n"
      "Example: octet study risk speaker s3gen.safetensors --plan seed --set clips",
      risk_of_speaker);
  add(*risk, globals, options, "pitch",
      "Errors of f0, and of the vocoder with its own source and with fp32's.\n"
      "Example: octet study risk pitch s3gen.safetensors --plan seed",
      risk_of_pitch);
  add(*risk, globals, options, "noise",
      "The noise floor in pauses by thirds of an octave, and whether it is heard.\n"
      "Example: octet study risk noise s3gen.safetensors --plan seed --speech-level 70",
      [options](const Engine& engine, const ResolvedPlan& plan, const std::vector<ComparisonClip>& clips,
                const JobControl& control) {
        return risk_of_noise(engine, plan, clips, options->speech_level, control);
      })
      ->add_option("--speech-level", options->speech_level, "what speech is played at, dB SPL")
      ->check(CLI::Range(20.0, 120.0))
      ->capture_default_str();
}

}  // namespace octet::cli
