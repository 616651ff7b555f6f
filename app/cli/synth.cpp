#include <nlohmann/json.hpp>

#include <algorithm>

#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "core/atomic_file.h"
#include "core/audio/sound_doubts.h"
#include "core/synthesis/tensor_inputs.h"
#include "core/synthesis/voice_check.h"

namespace octet::cli {
namespace {

struct Options {
  std::string checkpoint, plan, tokens, source, reference, conds, noise, stages, save_conds, out;
  int steps = 0;
  bool drop_invalid = false;
};

void synthesize(const Options& options, const Globals& globals) {
  for (const auto& path : {options.out, options.stages, options.save_conds})
    if (!path.empty()) check_writable(path);
  const auto engine = start_engine(open_checkpoint(options.checkpoint, globals), globals);
  const auto& checkpoint = engine.checkpoint();
  const auto plan = options.plan.empty() ? stored_plan(checkpoint.layers(), checkpoint.metadata())
                                         : open_plan(options.plan);
  const auto model = engine.bind(plan);
  for (const auto& warning : resolved_plan(*model).warnings) note(globals, "warning: " + warning);
  ProgressBar bar(globals);
  const auto control = bar.control();

  std::vector<std::string> warnings;
  const auto warn = [&](const std::vector<std::string>& found) {
    for (const auto& warning : found) note(globals, "warning: " + warning);
    warnings.insert(warnings.end(), found.begin(), found.end());
  };
  const auto hear = [&](const std::string& path) {
    auto sound = read_sound(path);
    warn(sound.notices);
    warn(doubts(sound, path));
    return sound;
  };
  const auto checked = [&](Conditioning voice, const std::string& path) {
    auto result = check_voice(std::move(voice), path);
    warn(result.warnings);
    return result.voice;
  };
  SynthesisRequest request;
  request.steps = options.steps;
  request.seed = globals.seed;
  request.keep_stages = !options.stages.empty();
  request.tokens = options.tokens.empty() ? engine.tokenize(*model, hear(options.source), control)
                                          : read_tokens(options.tokens);
  if (options.drop_invalid) std::erase_if(request.tokens, [&](auto id) { return id >= engine.vocabulary(); });
  if (!options.noise.empty()) request.noise = read_noise(options.noise);
  if (options.conds.empty()) {
    const auto reference = hear(options.reference);
    if (reference.seconds() > 10)
      note(globals, "note: only the first 10 s of the reference are used, as upstream does");
    request.voice = checked(engine.condition(*model, reference, control), options.reference);
    if (!options.save_conds.empty()) write_tensors(options.save_conds, to_tensors(request.voice));
  } else {
    request.voice = checked(read_conditioning(options.conds), options.conds);
  }

  const auto result = engine.synthesize(*model, request, control);
  write_wav(options.out, {24000, 1, result.waveform});
  if (!options.stages.empty()) write_tensors(options.stages, result.stages);

  const auto seconds = static_cast<double>(result.waveform.size()) / 24000;
  double spent = 0;
  for (const auto& cost : result.costs) spent += cost.seconds;
  if (globals.json) {
    nlohmann::ordered_json out{{"format", "octet-synth"},
                               {"version", 1},
                               {"out", options.out},
                               {"seconds", seconds},
                               {"device", to_string(engine.device())},
                               {"weight_bytes", resident_weight_bytes(*model)}};
    for (const auto& cost : result.costs)
      out["stages"].push_back(
          {{"stage", cost.stage}, {"seconds", cost.seconds}, {"peak_bytes", cost.peak_bytes}});
    out["warnings"] = warnings;
    print(out.dump(1));
  } else {
    char line[160];
    std::snprintf(line, sizeof line, "%s: %.2f s of speech in %.2f s on %s", options.out.c_str(), seconds,
                  spent, describe(engine.device()).c_str());
    print(line);
  }
}

}  // namespace

void add_synth(CLI::App& app, const Globals& globals) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "synth",
      "One synthesis.\n"
      "Example: octet synth s3gen.safetensors --source hello.wav --reference voice.wav -o out.wav");
  command->add_option("CKPT", options->checkpoint, "checkpoint or export")->required();
  command->add_option("--plan", options->plan,
                      "plan file or preset; without it, the types stored in the file");
  auto* what = command->add_option_group("what is said")->require_option(1);
  what->add_option("--tokens", options->tokens, "speech tokens (.safetensors, .npy, .pt)");
  what->add_option("--source", options->source, "speech to take the tokens from");
  auto* voice = command->add_option_group("the voice")->require_option(1);
  voice->add_option("--reference", options->reference, "sound of the voice; its first 10 s are used");
  voice->add_option("--conds", options->conds, "conditioning file (.safetensors, conds.pt)");
  command->add_option("--steps", options->steps, "Euler steps; 10, or 2 for meanflow, when not given")
      ->check(CLI::Range(1, 50));
  command->add_option("--noise", options->noise, "draws to use instead of the seed's");
  command->add_option("--dump-stages", options->stages, "writes every stage's tensor here");
  command->add_option("--save-conds", options->save_conds,
                      "writes the conditioning made from --reference here");
  command->add_flag("--drop-invalid", options->drop_invalid, "drops token ids at or above the vocabulary");
  command->add_option("-o,--out", options->out, "WAV file, 24 kHz float")->required();
  command->callback([options, &globals] { synthesize(*options, globals); });
}

}  // namespace octet::cli
