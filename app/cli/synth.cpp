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
#include "core/synthesis/captured.h"
#include "core/synthesis/tensor_inputs.h"
#include "core/synthesis/token_file.h"
#include "core/synthesis/voice_check.h"

namespace octet::cli {
namespace {

struct Options {
  std::string checkpoint, plan, calibration, tokens, source, reference, conds, noise, captured, stages,
      save_conds, out;
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

/// Of the checkpoint that is named, or that a bare name leads to.
std::shared_ptr<const Checkpoint> checkpoint_of(const Options& options, const Paths& outputs,
                                                const Globals& globals) {
  auto opened = open_checkpoint(options.checkpoint, globals);
  check_places(globals, outputs, {opened->path()});
  require_parts(*opened, options);
  return opened;
}

std::shared_ptr<const BoundModel> bound_by(const Engine& engine, const Options& options,
                                           const Globals& globals) {
  const auto& checkpoint = engine.checkpoint();
  if (options.plan.empty() && !options.calibration.empty())
    throw Error(ErrorKind::usage, "a calibration is for the layers of a plan", "give --plan, too");
  if (options.plan.empty()) return engine.bind(stored_plan(checkpoint.layers(), checkpoint.metadata()));
  return engine.bind(
      open_plan_for(checkpoint, options.plan, globals, open_calibration(options.calibration, checkpoint)));
}

/// The checkpoint with its weights as the plan has them.
struct Model {
  Engine engine;
  std::shared_ptr<const BoundModel> bound;

  Model(const Options& options, const Paths& outputs, const Globals& globals, Warnings& warnings)
      : engine(start_engine(checkpoint_of(options, outputs, globals), globals)),
        bound(bound_by(engine, options, globals)) {
    warnings.say(warnings_of(engine.checkpoint()));
    const auto& plan = resolved_plan(*bound);
    warnings.say(plan.warnings);
    warnings.say(unused_calibration(plan.calibration.get(), {plan}));
  }
};

SynthesisRequest request_of(const Options& options, const Model& model, const Globals& globals,
                            Warnings& warnings, const JobControl& control) {
  SynthesisRequest request;
  request.steps = options.steps;
  request.seed = globals.seed;
  if (options.torch_noise) request.generator = NoiseGenerator::torch;
  request.tokens = tokens_of(options, model.engine, *model.bound, warnings, control);
  if (!options.noise.empty()) request.noise = read_noise(options.noise);
  request.voice = voice_of(options, model.engine, *model.bound, globals, warnings, control);
  return request;
}

/// As it was captured, but for the steps, where others are asked for.
SynthesisRequest request_of_captured(const std::filesystem::path& folder, const Options& options,
                                     const Model& model, const Globals& globals, Warnings& warnings) {
  auto [name, request, meanflow, notices] = read_captured(folder);
  if (meanflow != (model.engine.checkpoint().variant() == Variant::meanflow))
    throw Error(ErrorKind::input,
                folder.string() + (meanflow ? " was spoken by a meanflow model, and this is none"
                                            : " was spoken by another than this meanflow model"),
                "speak its words with the draws of a seed: --tokens and --conds, without --noise");
  warnings.say(notices);
  auto checked = check_voice(std::move(request.voice), folder.string());
  warnings.say(checked.warnings);
  request.voice = std::move(checked.voice);
  request.seed = globals.seed;
  if (options.steps != 0) request.steps = options.steps;
  if (options.drop_invalid)
    std::erase_if(request.tokens, [&](auto id) { return id >= model.engine.vocabulary(); });
  return request;
}

/// Makes the sound at `out`, and what is said of it.
nlohmann::ordered_json speak(const Model& model, SynthesisRequest request, const std::string& out,
                             const Options& options, const Globals& globals, const JobControl& control) {
  request.keep_stages = !options.stages.empty();
  if (!options.save_conds.empty()) save_voice(options.save_conds, request.voice, globals);
  const auto result = model.engine.synthesize(*model.bound, request, control);
  write_wav(out, {s3gen::kSampleRate, 1, result.waveform});
  if (!options.stages.empty()) write_tensors(options.stages, result.stages);
  nlohmann::ordered_json said{{"out", out},
                              {"seconds", static_cast<double>(result.waveform.size()) / s3gen::kSampleRate},
                              {"end_to_end_seconds", result.seconds},
                              {"seed", request.seed},
                              {"generator", options.torch_noise        ? "torch"
                                            : options.captured.empty() ? "counted"
                                                                       : "captured"},
                              {"device", to_string(model.engine.device())},
                              {"weight_bytes", resident_weight_bytes(*model.bound)}};
  for (const auto& cost : result.costs)
    said["stages"].push_back(
        {{"stage", cost.stage}, {"seconds", cost.seconds}, {"peak_bytes", cost.peak_bytes}});
  return said;
}

std::string line_of(const nlohmann::ordered_json& said, const Model& model) {
  return output_name(said.at("out").get<std::string>()) + ": " + decimals(said.at("seconds"), 2) +
         " s of speech in " + decimals(said.at("end_to_end_seconds"), 2) + " s on " +
         describe(model.engine.device());
}

void print_one(const nlohmann::ordered_json& said, const Model& model, const Paths& outputs,
               const Warnings& warnings, const Globals& globals) {
  if (!globals.json) return print_beside(outputs, globals, line_of(said, model));
  nlohmann::ordered_json out{{"format", "octet-synth"}, {"version", 1}};
  for (const auto& [key, value] : said.items()) {
    if (key == "stages") out["warnings"] = warnings.said();
    out[key] = value;
  }
  print_json(out);
}

void synthesize(const Options& options, const Globals& globals) {
  const Paths outputs{options.out, options.stages, options.save_conds};
  check_places(globals, outputs,
               {options.checkpoint, plan_path(options.plan), options.calibration, options.tokens,
                options.source, options.reference, options.conds, options.noise});
  Warnings warnings;
  const Model model(options, outputs, globals, warnings);
  ProgressBar bar(globals);
  const auto request = request_of(options, model, globals, warnings, bar.control());
  print_one(speak(model, request, options.out, options, globals, bar.control()), model, outputs, warnings,
            globals);
}

/// One utterance that was captured, as if its files were given.
void synthesize_captured(const std::filesystem::path& folder, const Options& options,
                         const Globals& globals) {
  const Paths outputs{options.out, options.stages, options.save_conds};
  auto inputs = files_of_captured(folder);
  inputs.insert(inputs.end(), {options.checkpoint, plan_path(options.plan), options.calibration});
  check_places(globals, outputs, inputs);
  Warnings warnings;
  const Model model(options, outputs, globals, warnings);
  const auto request = request_of_captured(folder, options, model, globals, warnings);
  ProgressBar bar(globals);
  print_one(speak(model, request, options.out, options, globals, bar.control()), model, outputs, warnings,
            globals);
}

/// A folder of utterances, each to a sound of its name in a folder.
void synthesize_all(const Paths& folders, const Options& options, const Globals& globals) {
  if (!options.stages.empty() || !options.save_conds.empty())
    throw Error(ErrorKind::usage,
                options.captured + " holds several utterances, and stages or a voice are written of one",
                "give the folder of one: " + folders.front().string());
  if (!std::filesystem::is_directory(options.out) &&
      find_output_place(options.out).kind != OutputPlace::Kind::file)
    throw Error(ErrorKind::usage, options.captured + " holds several utterances",
                "give -o a folder, which is made for their sounds");
  make_folder(options.out);
  Paths outputs;
  for (const auto& folder : folders)
    outputs.push_back(std::filesystem::path(options.out) / (folder.filename().string() + ".wav"));
  check_places(globals, outputs, {options.checkpoint, plan_path(options.plan), options.calibration});
  Warnings warnings;
  const Model model(options, outputs, globals, warnings);
  auto utterances = nlohmann::ordered_json::array(), skipped = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const auto name = folders[i].filename().string();
    try {
      ProgressBar bar(globals);
      const auto request = request_of_captured(folders[i], options, model, globals, warnings);
      utterances.push_back(speak(model, request, outputs[i].string(), options, globals, bar.control()));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      warn(name + " is left out: " + error.what());
      skipped.push_back({{"name", name}, {"reason", error.what()}});
      continue;
    }
    if (!globals.json) print(line_of(utterances.back(), model));
  }
  if (globals.json)
    print_json({{"format", "octet-synth"},
                {"version", 1},
                {"warnings", warnings.said()},
                {"utterances", utterances},
                {"skipped", skipped}});
  if (!skipped.empty())
    throw Error(ErrorKind::check_failed, std::to_string(skipped.size()) + " of " +
                                             std::to_string(folders.size()) +
                                             " utterances could not be spoken");
}

void run(const Options& options, const Globals& globals) {
  if (options.captured.empty()) {
    if (options.reference.empty() && options.conds.empty())
      throw Error(ErrorKind::usage, "whose voice is it?", "give --reference VOICE.wav or --conds FILE");
    return synthesize(options, globals);
  }
  const auto folders = captured_utterances(options.captured);
  if (folders.empty())
    throw Error(ErrorKind::input, options.captured + " holds no utterance that octet_s3gen.capture wrote",
                "such folders hold capture.json, or folders that do");
  if (is_captured_utterance(options.captured)) return synthesize_captured(folders.front(), options, globals);
  synthesize_all(folders, options, globals);
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
  add_calibration_option(*command, options->calibration);
  auto* what = command->add_option_group("what is said")->require_option(1);
  what->add_option("--tokens", options->tokens, "speech tokens (.safetensors, .npy, .pt, JSON, text)");
  what->add_option("--source", options->source, "speech to take the tokens from");
  auto* captured = what->add_option("--captured", options->captured,
                                    "utterances that octet_s3gen.capture kept, with their voices and draws; "
                                    "of several, -o is a folder");
  auto* voice = command->add_option_group("the voice")->require_option(0, 1)->excludes(captured);
  voice->add_option("--reference", options->reference, "sound of the voice; its first 10 s are used");
  voice->add_option("--conds", options->conds, "conditioning file (.safetensors, conds.pt)");
  command->add_option("--steps", options->steps, "Euler steps; 10, or 2 for meanflow, when not given")
      ->check(whole_number(1, 50));
  command->add_option("--noise", options->noise, "draws to use instead of the seed's")->excludes(captured);
  command
      ->add_flag("--torch-noise", options->torch_noise,
                 "the seed draws what upstream draws after torch.manual_seed, on the CPU")
      ->excludes(captured);
  command->add_option("--dump-stages", options->stages, "writes every stage's tensor here");
  command->add_option("--save-conds", options->save_conds,
                      "writes the voice's conditioning here; named .pt, as Chatterbox reads it");
  command->add_flag("--drop-invalid", options->drop_invalid, "drops token ids at or above the vocabulary");
  command->add_option("-o,--out", options->out, "WAV file, 24 kHz float; - for stdout")->required();
  command->callback([options, &globals] { run(*options, globals); });
}

}  // namespace octet::cli
