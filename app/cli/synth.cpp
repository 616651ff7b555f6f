#include <nlohmann/json.hpp>

#include <algorithm>

#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/numbers.h"
#include "app/cli/outputs.h"
#include "core/audio/sound_doubts.h"
#include "core/checkpoint/components.h"
#include "core/output_place.h"
#include "core/s3gen/format.h"
#include "core/synthesis/tensor_inputs.h"
#include "core/synthesis/token_file.h"
#include "core/synthesis/voice_check.h"

namespace octet::cli {
namespace {

struct Options {
  std::string checkpoint, plan, tokens, source, reference, conds, noise, stages, save_conds, out;
  int steps = 0;
  bool drop_invalid = false;
  bool torch_noise = false;
};

void require_parts(const Checkpoint& checkpoint, const Options& options) {
  require_speech(checkpoint);
  std::vector<std::string> needed{"flow", "mel2wav"};
  if (!options.source.empty()) needed.emplace_back("tokenizer");
  if (!options.reference.empty()) needed.insert(needed.end(), {"speaker_encoder", "tokenizer"});
  require_components(checkpoint, needed);
}

Sound hear(const std::string& path, Warnings& warnings) {
  auto sound = read_sound(path);
  warnings.say(sound.notices);
  warnings.say(doubts(sound, path));
  return sound;
}

std::vector<std::int64_t> tokens_of(const Options& options, const Engine& engine, const BoundModel& model,
                                    Warnings& warnings, const JobControl& control) {
  if (options.tokens.empty()) return engine.tokenize(model, hear(options.source, warnings), control);
  auto [tokens, notices] = read_tokens(options.tokens);
  warnings.say(notices);
  if (options.drop_invalid) std::erase_if(tokens, [&](auto id) { return id >= engine.vocabulary(); });
  return tokens;
}

Conditioning voice_of(const Options& options, const Engine& engine, const BoundModel& model,
                      const Globals& globals, Warnings& warnings, const JobControl& control) {
  const auto checked = [&](Conditioning voice, const std::string& path) {
    auto result = check_voice(std::move(voice), path);
    warnings.say(result.warnings);
    return result.voice;
  };
  if (options.conds.empty()) {
    const auto reference = hear(options.reference, warnings);
    if (reference.seconds() > 10)
      note(globals, "note: only the first 10 s of the reference are used, as upstream does");
    return checked(engine.condition(model, reference, control), options.reference);
  }
  auto [voice, notices] = read_conditioning(options.conds);
  warnings.say(notices);
  return checked(std::move(voice), options.conds);
}

void save_voice(const std::string& path, const Conditioning& voice, const Globals& globals) {
  write_conditioning(path, voice);
  if (is_conds_pt(path))
    note(globals, "note: " + path +
                      " has the speech model's conditioning (gen), not the language model's (t3): " +
                      "ChatterboxVC opens it as conds.pt, for ChatterboxTTS set conds.gen");
}

void synthesize(const Options& options, const Globals& globals) {
  const Paths outputs{options.out, options.stages, options.save_conds};
  check_places(globals, outputs,
               {options.checkpoint, plan_path(options.plan), options.tokens, options.source,
                options.reference, options.conds, options.noise});
  const auto opened = open_checkpoint(options.checkpoint, globals);
  check_places(globals, outputs, {opened->path()});  // where a bare name led
  require_parts(*opened, options);
  const auto engine = start_engine(opened, globals);
  const auto& checkpoint = engine.checkpoint();
  const auto model = options.plan.empty()
                         ? engine.bind(stored_plan(checkpoint.layers(), checkpoint.metadata()))
                         : engine.bind(open_plan_for(checkpoint, options.plan, globals));
  Warnings warnings(warnings_of(checkpoint));
  warnings.say(resolved_plan(*model).warnings);
  ProgressBar bar(globals);
  const auto control = bar.control();

  SynthesisRequest request;
  request.steps = options.steps;
  request.seed = globals.seed;
  if (options.torch_noise) request.generator = NoiseGenerator::torch;
  request.keep_stages = !options.stages.empty();
  request.tokens = tokens_of(options, engine, *model, warnings, control);
  if (!options.noise.empty()) request.noise = read_noise(options.noise);
  request.voice = voice_of(options, engine, *model, globals, warnings, control);
  if (!options.save_conds.empty()) save_voice(options.save_conds, request.voice, globals);

  const auto result = engine.synthesize(*model, request, control);
  write_wav(options.out, {s3gen::kSampleRate, 1, result.waveform});
  if (!options.stages.empty()) write_tensors(options.stages, result.stages);

  const auto seconds = static_cast<double>(result.waveform.size()) / s3gen::kSampleRate;
  if (globals.json) {
    nlohmann::ordered_json out{{"format", "octet-synth"},
                               {"version", 1},
                               {"out", options.out},
                               {"seconds", seconds},
                               {"end_to_end_seconds", result.seconds},
                               {"seed", request.seed},
                               {"generator", options.torch_noise ? "torch" : "counted"},
                               {"device", to_string(engine.device())},
                               {"weight_bytes", resident_weight_bytes(*model)},
                               {"warnings", warnings.said()}};
    for (const auto& cost : result.costs)
      out["stages"].push_back(
          {{"stage", cost.stage}, {"seconds", cost.seconds}, {"peak_bytes", cost.peak_bytes}});
    print_json(out);
  } else {
    char figures[64];
    std::snprintf(figures, sizeof figures, "%.2f s of speech in %.2f s on ", seconds, result.seconds);
    print_beside(outputs, globals, output_name(options.out) + ": " + figures + describe(engine.device()));
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
  what->add_option("--tokens", options->tokens, "speech tokens (.safetensors, .npy, .pt, JSON, text)");
  what->add_option("--source", options->source, "speech to take the tokens from");
  auto* voice = command->add_option_group("the voice")->require_option(1);
  voice->add_option("--reference", options->reference, "sound of the voice; its first 10 s are used");
  voice->add_option("--conds", options->conds, "conditioning file (.safetensors, conds.pt)");
  command->add_option("--steps", options->steps, "Euler steps; 10, or 2 for meanflow, when not given")
      ->check(whole_number(1, 50));
  command->add_option("--noise", options->noise, "draws to use instead of the seed's");
  command->add_flag("--torch-noise", options->torch_noise,
                    "the seed draws what upstream draws after torch.manual_seed, on the CPU");
  command->add_option("--dump-stages", options->stages, "writes every stage's tensor here");
  command->add_option("--save-conds", options->save_conds,
                      "writes the voice's conditioning here; named .pt, as Chatterbox reads it");
  command->add_flag("--drop-invalid", options->drop_invalid, "drops token ids at or above the vocabulary");
  command->add_option("-o,--out", options->out, "WAV file, 24 kHz float; - for stdout")->required();
  command->callback([options, &globals] { synthesize(*options, globals); });
}

}  // namespace octet::cli
