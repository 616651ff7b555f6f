#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/outputs.h"
#include "core/audio/sound_file.h"
#include "core/error.h"
#include "core/sets/make_set.h"
#include "core/sets/set_balance.h"
#include "core/study/bootstrap.h"
#include "core/synthesis/captured.h"

namespace octet::cli {
namespace {

using nlohmann::ordered_json;

std::string joined(const std::vector<std::string>& texts, const char* between) {
  std::string all;
  for (const auto& text : texts) all.append(all.empty() ? "" : between).append(text);
  return all;
}

ordered_json shares_json(const std::vector<Share>& shares) {
  auto list = ordered_json::array();
  for (const auto& [what, clips, seconds] : shares)
    list.push_back({{"what", what}, {"clips", clips}, {"seconds", seconds}});
  return list;
}

void show(const ReferenceSet& set, const std::vector<std::string>& faults, const Globals& globals) {
  const auto balance = balance_of(set);
  if (!globals.json) return print(set.name + ": " + to_table(balance));
  print_json({{"format", "octet-set-balance"},
              {"version", 1},
              {"name", set.name},
              {"clips", balance.all.clips},
              {"seconds", balance.all.seconds},
              {"speakers", shares_json(balance.speakers)},
              {"languages", shares_json(balance.languages)},
              {"tags", shares_json(balance.tags)},
              {"licences", shares_json(balance.licences)},
              {"lacks", balance.lacks},
              {"faults", faults}});
}

void add_new(CLI::App& set, const Globals& globals) {
  struct Options {
    std::string folder;
    SetFacts facts;
    bool variants = false;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      set.add_subcommand("new",
                         "Describes the sounds and captured utterances of a folder in its set.json.\n"
                         "Example: octet set new clips --speaker nora --language en --licence MIT");
  command->add_option("DIR", options->folder, "folder of sounds or captured utterances")->required();
  command->add_option("--name", options->facts.name, "of the set; the folder's when not given");
  command->add_option("--speaker", options->facts.speaker, "of all clips");
  command->add_option("--language", options->facts.language, "of all clips, such as en");
  command->add_option("--licence", options->facts.licence, "of all clips, such as MIT");
  command->add_flag("--variants", options->variants, "also a quiet and a fast variant of each sound");
  command->callback([options, &globals] {
    const auto file = set_file(options->folder);
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored))
      throw Error(ErrorKind::usage, file.string() + " is there already",
                  "change it by hand, or remove it to have it made anew");
    auto made = describe_folder(options->folder, options->facts);
    check_places(globals, {file}, {});
    if (options->variants) made = with_variants(options->folder, made);
    write_text(file, format_set(made));
    show(made, {}, globals);
  });
}

/// What is wrong with the clips of a set, a sentence each.
std::vector<std::string> faults_of(const std::filesystem::path& folder, const ReferenceSet& set) {
  std::vector<std::string> faults;
  for (const auto& clip : set.clips) try {
      check_clip(folder, clip);
      const auto path = folder / clip.file;
      if (is_captured_utterance(path))
        (void)read_captured(path);
      else
        (void)read_sound(path);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      faults.emplace_back(error.what());
    }
  return faults;
}

void add_check(CLI::App& set, const Globals& globals) {
  auto folder = std::make_shared<std::string>();
  auto* command =
      set.add_subcommand("check",
                         "Says whether the clips of a set are those that were described, and what it lacks.\n"
                         "Example: octet set check clips");
  command->add_option("DIR", *folder, "folder with a set.json")->required();
  command->callback([folder, &globals] {
    const auto set = read_set(*folder);
    const auto faults = faults_of(*folder, set);
    if (const auto others = not_described(*folder, set); !others.empty())
      warn(set_file(*folder).string() + " says nothing of " + joined(others, ", "));
    for (const auto& warning : too_few(set.clips.size())) warn(warning);
    show(set, faults, globals);
    if (!faults.empty()) throw Error(ErrorKind::check_failed, joined(faults, "\n       "));
  });
}

void add_show(CLI::App& set, const Globals& globals) {
  auto folder = std::make_shared<std::string>();
  auto* command = set.add_subcommand("show",
                                     "Shows what a set is made of, and what it lacks.\n"
                                     "Example: octet set show clips");
  command->add_option("DIR", *folder, "folder with a set.json")->required();
  command->callback([folder, &globals] { show(read_set(*folder), {}, globals); });
}

}  // namespace

void add_reference_set(CLI::App& app, const Globals& globals) {
  auto* set = app.add_subcommand("set",
                                 "Makes, checks and shows reference sets: clips that plans are judged by.\n"
                                 "Example: octet set show clips");
  set->require_subcommand(1);
  set->fallthrough();
  add_new(*set, globals);
  add_check(*set, globals);
  add_show(*set, globals);
}

}  // namespace octet::cli
