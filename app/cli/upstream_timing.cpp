#include "app/cli/upstream_timing.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "app/cli/child_process.h"
#include "core/error.h"

namespace octet::cli {
namespace {

/// Throws nlohmann's exceptions where it is of another form.
UpstreamTiming parsed(const std::string& written) {
  const auto said = nlohmann::json::parse(written);
  const auto& timing = said.at("timings").at(0);
  const auto bytes = [&](const char* key) -> std::optional<std::uint64_t> {
    return timing.at(key).is_null() ? std::nullopt : std::optional(timing.at(key).get<std::uint64_t>());
  };
  UpstreamTiming result{
      timing.at("way"), {}, bytes("resident_bytes"), bytes("peak_bytes"), timing.at("failed")};
  if (!timing.at("median_seconds").is_null())
    result.seconds =
        TimingSpread{timing.at("median_seconds"), timing.at("min_seconds"), timing.at("max_seconds")};
  return result;
}

}  // namespace

UpstreamTiming time_upstream(const Checkpoint& checkpoint, const BenchmarkRequest& request, Device device,
                             const std::stop_token& stop) {
  const char* named = std::getenv("OCTET_PYTHON");
  const std::string python = named != nullptr && *named != '\0' ? named : "python3";
  std::vector<std::string> command{python,
                                   "-m",
                                   "octet_s3gen",
                                   "bench",
                                   checkpoint.path().string(),
                                   "--json",
                                   "--way",
                                   checkpoint.metadata().contains("octet_format") ? "export" : "stock",
                                   "--seconds",
                                   std::to_string(request.seconds),
                                   "--prompt-seconds",
                                   std::to_string(request.prompt_seconds),
                                   "--rounds",
                                   std::to_string(request.rounds),
                                   "--device",
                                   to_string(device)};
  if (request.steps > 0) command.insert(command.end(), {"--steps", std::to_string(request.steps)});
  std::vector<std::string> environment;
  if (device.threads > 0) environment.push_back("OMP_NUM_THREADS=" + std::to_string(device.threads));
  const std::string hint = "it takes chatterbox-tts and octet_s3gen (packaging/python/build) in " + python +
                           "; OCTET_PYTHON names another Python";
  ProgramResult result;
  try {
    result = run_program(command, environment, stop);
  } catch (const Error& error) {
    throw error.kind() == ErrorKind::cancelled ? error : Error(error.kind(), error.what(), hint);
  }
  try {
    return parsed(result.written);
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::input,
                python + " gave no timing of upstream and ended with code " + std::to_string(result.code),
                hint);
  }
}

}  // namespace octet::cli
