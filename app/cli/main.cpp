#include <fcntl.h>
#include <unistd.h>

#include <iostream>
#include <limits>
#include <new>

#include "app/cli/commands.h"
#include "app/cli/interrupt.h"
#include "app/cli/numbers.h"
#include "core/error.h"
#include "core/version.h"

namespace {

std::string explain(const CLI::App* app, const CLI::Error& error) {
  const auto chosen = app->get_subcommands();
  const auto unknown = app->remaining(/*recurse=*/true);
  // A word that means nothing is the likelier cause of something being missing.
  const bool misspelt = error.get_name() == "RequiredError" && !unknown.empty();
  return "octet: " + (misspelt ? '"' + unknown.front() + "\" is no command or option here" : error.what()) +
         "\n       octet " + (chosen.empty() ? "" : chosen.front()->get_name() + " ") +
         "--help shows what is possible\n";
}

/// A descriptor that is closed would be the next file's, which messages then would destroy. What is put in
/// its place fails where it is used.
void occupy_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int run(int argc, char** argv) {
  using namespace octet::cli;
  CLI::App app(
      "Octet decides layer by layer which weights of the S3Gen speech model are int8, and shows what it "
      "does.\n"
      "Example: octet demo --no-gui --out demo",
      "octet");
  app.set_version_flag("--version", std::string("octet ") + octet::version());
  app.failure_message(explain);
  app.require_subcommand(1);
  app.fallthrough();
  Globals globals;
  app.add_option("--device", globals.device,
                 "auto, cpu, cuda or cuda:N; several as cuda:0,1 for study sensitivity")
      ->capture_default_str();
  app.add_option("--threads", globals.threads, "CPU threads; 0: one per core")
      ->check(whole_number(0, 1024))
      ->capture_default_str();
  app.add_option("--seed", globals.seed, "seed of all noise")
      ->check(whole_number(0, std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  app.add_flag("--allow-empty", globals.allow_empty, "also plans of whose rules none matches a layer");
  app.add_flag("--json", globals.json, "machine-readable results on stdout");
  app.add_flag("--quiet", globals.quiet, "no notes and no progress on stderr; warnings stay");

  add_demo(app, globals);
  add_inspect(app, globals);
  add_plan(app, globals);
  add_synth(app, globals);
  add_calibrate(app, globals);
  add_compare(app, globals);
  add_layers(app, globals);
  add_validate(app, globals);
  add_study(app, globals);
  add_reference_set(app, globals);
  add_measure(app, globals);
  add_export(app, globals);
  add_verify(app, globals);
  add_bench(app, globals);
  add_doctor(app, globals);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == 0;  // --help and --version
    app.exit(error);
    if (!asked) return static_cast<int>(octet::ErrorKind::usage);
  }
  flush_standard_output();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_descriptors();
  octet::cli::watch_for_interrupts();
  try {
    return run(argc, argv);
  } catch (const octet::Error& error) {
    std::cerr << "octet: " << error.what() << '\n';
    if (!error.hint().empty()) std::cerr << "       " << error.hint() << '\n';
    return static_cast<int>(error.kind());
  } catch (const std::bad_alloc&) {
    std::cerr
        << "octet: out of memory: the system gave no more\n       free memory, or ask for less at once\n";
    return static_cast<int>(octet::ErrorKind::device);
  } catch (const std::exception& error) {
    std::cerr << "octet: internal error: " << error.what() << '\n';
    return static_cast<int>(octet::ErrorKind::device);
  }
}
