#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "core/checkpoint/hugging_face_cache.h"
#include "core/kernels/memory_use.h"
#include "core/metrics/text_table.h"
#include "core/resources.h"
#include "core/synthesis/self_check.h"
#include "core/version.h"

namespace octet::cli {
namespace {

std::string scientific(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2e", value);
  return text;
}

bool report_checks(const std::vector<SelfCheck>& checks, const Globals& globals) {
  bool passed = true;
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> rows{{"check", "", "error", "bound"}};
  for (const auto& check : checks) {
    passed = passed && check.passed();
    if (!check.skipped.empty()) {
      rows.push_back({check.what, "skipped: " + check.skipped, "", ""});
      out.push_back({{"what", check.what}, {"skipped", check.skipped}});
      continue;
    }
    rows.push_back(
        {check.what, check.passed() ? "ok" : "WRONG", scientific(check.error), scientific(check.bound)});
    out.push_back(
        {{"what", check.what}, {"passed", check.passed()}, {"error", check.error}, {"bound", check.bound}});
  }
  if (globals.json)
    print_json(out);
  else
    print(align_columns(rows, 2));
  return passed;
}

void say_what_is_here(const Globals& globals, Device device) {
  const auto memory = memory_use(device);
  nlohmann::ordered_json out{{"format", "octet-doctor"},
                             {"version", 1},
                             {"octet", version()},
                             {"device", to_string(device)},
                             {"device_name", describe(device)},
                             {"free_bytes", available_bytes(device)},
                             {"used_bytes", memory.used},
                             {"total_bytes", memory.total},
                             {"demo_voice", demo_voice_folder().string()}};
  out["checkpoints"] = nlohmann::ordered_json::array();
  for (const auto* name :
       {"s3gen.safetensors", "s3gen_v3.safetensors", "s3gen_meanflow.safetensors", "s3gen.pt"})
    for (const auto& found : find_in_hugging_face_cache(name)) out["checkpoints"].push_back(found.string());
  if (globals.json) return print_json(out);
  for (const auto& [key, value] : out.items())
    if (key != "format" && key != "version")
      print(key + ": " + (value.is_string() ? value.get<std::string>() : value.dump()));
}

}  // namespace

void add_doctor(CLI::App& app, const Globals& globals) {
  auto check = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("doctor",
                                     "What this machine has; with --check, compares its GPU with the CPU.\n"
                                     "Example: octet doctor --check --device cuda");
  command->add_flag("--check", *check, "runs the self-checks, with figures");
  command->callback([check, &globals] {
    const auto device = chosen_device(globals);
    if (!*check) return say_what_is_here(globals, device);
    if (device.kind == Device::Kind::cpu) note(globals, "no GPU: the CPU is compared with itself");
    ProgressBar bar(globals);
    if (!report_checks(check_device(device, demo_voice_folder(), bar.control()), globals))
      throw Error(ErrorKind::check_failed, "a self-check failed on " + to_string(device));
  });
}

}  // namespace octet::cli
