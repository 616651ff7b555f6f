#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/interrupt.h"
#include "app/cli/outputs.h"
#include "core/export/exporter.h"
#include "core/export/verify.h"
#include "core/metrics/comparison.h"
#include "core/resources.h"
#include "core/s3gen/format.h"

namespace octet::cli {
namespace {

constexpr auto kCheckpoint = "s3gen_demo.safetensors";
constexpr auto kClip = "ref00_en_f_nora.wav";

void run_demo(const std::filesystem::path& folder, const Globals& globals) {
  make_folder(folder);
  const auto voice = demo_voice_folder();
  const auto checkpoint = Checkpoint::open(voice / kCheckpoint);
  check_places(globals,
               {folder / "plan.json", folder / "A.wav", folder / "B.wav", folder / "report.json",
                folder / "export.safetensors"},
               {checkpoint->path(), voice / "clips" / kClip});
  const auto engine = start_engine(checkpoint, globals);
  ProgressBar bar(globals);
  const auto control = bar.control();

  note(globals, "1/4 plan: the seed policy");
  const auto& layers = checkpoint->layers();
  const auto seed = resolve(preset("seed", Precision::bf16, /*include_tokenizer=*/false), layers);
  write_text(folder / "plan.json", format_plan(seed.plan));

  note(globals,
       std::string("2/4 synthesize ") + kClip + " again: A in fp32, B with the plan; the same noise");
  const auto plain = resolve(preset("all-base", Precision::fp32, /*include_tokenizer=*/false), layers);
  const auto clip = read_sound(voice / "clips" / kClip);
  const auto model = engine.bind(plain);
  ComparisonClip spoken{std::filesystem::path(kClip).stem().string(), {}};
  spoken.request.tokens = engine.tokenize(*model, clip, control);
  spoken.request.voice = engine.condition(*model, clip, control);
  spoken.request.seed = globals.seed;
  const auto comparison = compare_runs(engine, {{"A", plain}, {"B", seed}}, {spoken}, control);
  write_wav(folder / "A.wav", {s3gen::kSampleRate, 1, comparison.waveforms[0][0]});
  write_wav(folder / "B.wav", {s3gen::kSampleRate, 1, comparison.waveforms[0][1]});
  write_text(folder / "report.json", to_json(comparison.report));

  note(globals, "3/4 export");
  const auto path = folder / "export.safetensors";
  write_export(prepare_export(checkpoint, seed, {}, ExportFormat::octet, control.stop), path, control);

  note(globals, "4/4 verify the export against its source");
  const auto verification = verify_export(path, checkpoint, engine.device(), control);

  if (globals.json) {
    print(to_json(comparison.report));
  } else {
    print(to_table(comparison.report));
    print("export.safetensors: " + megabytes(std::filesystem::file_size(path)) + ", made from " +
          megabytes(checkpoint->file_bytes()));
    for (const auto& check : verification.checks)
      print((check.passed ? "ok    " : "WRONG ") + check.what + ": " + check.detail);
    print("Listen to A.wav and B.wav in " + folder.string());
  }
  if (!verification.passed())
    throw Error(ErrorKind::check_failed, path.string() + " is not what it should be");
}

/// Replaces this process by the window, where there is a screen and the window was built. Otherwise returns.
void open_window(const Globals& globals) {
  const auto is_set = [](const char* name) {
    const char* value = std::getenv(name);
    return value && *value;
  };
  if (!is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY")) return;
  std::error_code unknown;
  const auto program =
      std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path() / "octet-workbench";
  if (!std::filesystem::exists(program, unknown)) return;
  note(globals, "opening the window");
  std::cout.flush();
  restore_signals();
  ::execl(program.c_str(), program.c_str(), static_cast<char*>(nullptr));
}

}  // namespace

void add_demo(CLI::App& app, const Globals& globals) {
  struct Options {
    std::string out = "octet-demo";
    bool no_gui = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "demo",
      "The main job on the demo voice: plan, synthesize A and B, compare, export, verify.\n"
      "Example: octet demo --no-gui --out demo");
  command
      ->add_option("--out", options->out,
                   "folder for A.wav, B.wav, report.json, plan.json, export.safetensors")
      ->capture_default_str();
  command->add_flag("--no-gui", options->no_gui, "does not open the window afterwards");
  command->callback([options, &globals] {
    run_demo(options->out, globals);
    if (!options->no_gui && !globals.json) open_window(globals);
  });
}

}  // namespace octet::cli
