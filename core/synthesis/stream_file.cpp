#include "core/synthesis/stream_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace octet {
namespace {

using nlohmann::ordered_json;

/// Throws nlohmann's exceptions where something is missing or of another type, and for negative numbers, of
/// which a conversion would make huge ones.
std::uint64_t natural(const ordered_json& object, const char* key) {
  return object.at(key).get_ref<const ordered_json::number_unsigned_t&>();
}

StreamMemory case_in(const ordered_json& object) {
  StreamMemory memory{object.at("seconds").get<double>(), static_cast<int>(natural(object, "clips"))};
  if (object.contains("failed")) {
    memory.failed = object.at("failed").get<std::string>();
    return memory;
  }
  memory.weight_bytes = natural(object, "weight_bytes");
  memory.allocated_bytes = natural(object, "allocated_bytes");
  memory.reserved_bytes = natural(object, "reserved_bytes");
  memory.recorded_bytes = natural(object, "recorded_bytes");
  memory.beside_bytes = natural(object, "beside_bytes");
  return memory;
}

}  // namespace

std::string format_streams(const StreamMeasures& measures) {
  ordered_json out{{"format", "octet-streams"},
                   {"version", 1},
                   {"device", measures.device},
                   {"prompt_seconds", kStreamPromptSeconds},
                   {"plans", ordered_json::array()}};
  for (const auto& plan : measures.plans) {
    ordered_json streams{
        {"plan", plan.plan}, {"stored_bytes", plan.stored_bytes}, {"cases", ordered_json::array()}};
    for (const auto& measured : plan.cases) {
      ordered_json one{{"seconds", measured.seconds}, {"clips", measured.clips}};
      if (measured.failed.empty())
        one.update({{"weight_bytes", measured.weight_bytes},
                    {"allocated_bytes", measured.allocated_bytes},
                    {"reserved_bytes", measured.reserved_bytes},
                    {"recorded_bytes", measured.recorded_bytes},
                    {"beside_bytes", measured.beside_bytes}});
      else
        one["failed"] = measured.failed;
      streams["cases"].push_back(std::move(one));
    }
    out["plans"].push_back(std::move(streams));
  }
  return out.dump(2);
}

StreamMeasures parse_streams(std::string_view json, std::string_view origin) {
  const std::string hint = "write it where there is a GPU: octet plan streams CKPT --json > FILE";
  try {
    const auto all = ordered_json::parse(json);
    if (all.at("format") != "octet-streams" || all.at("version") != 1)
      throw Error(ErrorKind::input, fmt::format("{} is no octet-streams of version 1", origin), hint);
    if (all.at("prompt_seconds") != kStreamPromptSeconds)
      throw Error(ErrorKind::input,
                  fmt::format("{} was measured with prompts of another length than {} s", origin,
                              kStreamPromptSeconds),
                  hint);
    StreamMeasures measures{all.at("device").get<std::string>(), {}};
    for (const auto& plan : all.at("plans")) {
      PlanStreams streams{plan.at("plan").get<std::string>(), natural(plan, "stored_bytes"), {}};
      for (const auto& one : plan.at("cases")) streams.cases.push_back(case_in(one));
      measures.plans.push_back(std::move(streams));
    }
    return measures;
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::input, fmt::format("{} is not what octet plan streams --json prints", origin),
                hint);
  }
}

}  // namespace octet
