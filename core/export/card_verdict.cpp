#include "core/export/card_verdict.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>

#include "core/checkpoint/sha256.h"
#include "core/error.h"

namespace octet {
namespace {

using Json = nlohmann::json;

/// Of results of an Octet that did not say so.
constexpr auto kNoReach = "; its result does not say what these clips cannot tell";

[[noreturn]] void refuse(std::string_view origin, std::string_view why, const char* hint) {
  throw Error(ErrorKind::input, fmt::format("{}: {}", origin, why), hint);
}

/// Plans are told apart by what they do, not by what they are called.
Json without_name(Json plan) {
  plan.erase("name");
  return plan;
}

}  // namespace

CardVerdict read_card_verdict(std::string_view text, std::string_view origin, const PrecisionPlan& plan,
                              std::string_view source_sha256, std::string_view calibration_sha256) try {
  const auto json = Json::parse(text);
  const auto& subject = json.at("subject");
  if (json.at("format") != "octet-validation" || json.at("version") != 1)
    refuse(origin, "it is no validation of version 1", "write one: octet validate CKPT --plan PLAN -o FILE");
  if (subject.at("checkpoint_sha256") != source_sha256)
    refuse(origin, "it is about another checkpoint than the export's source", "validate that one");
  const auto asked = without_name(Json::parse(compact_plan(plan)));
  const auto& plans = subject.at("plans");
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (without_name(plans[i].at("plan")) != asked) continue;
    if (plans[i].contains("steps") || plans[i].contains("control")) continue;  // its verdict is on those, too
    if (!calibration_sha256.empty() && subject.value("calibration_sha256", "") != calibration_sha256)
      refuse(origin, "it is of this plan with another calibration",
             "validate it with this one: --calibration");
    if (json.at("plans").size() != plans.size())
      refuse(origin, "it is not done", "the command that wrote it goes on where it was stopped");
    Sha256 hash;
    hash.update(std::as_bytes(std::span(text)));
    const auto& judged = json.at("plans")[i];
    const std::string id = judged.at("verdict");
    CardVerdict verdict{id, judged.value("said", id + kNoReach), static_cast<int>(json.at("clips").size()),
                        subject.at("octet_version"), hash.hex()};
    if (json.contains("control")) verdict.control_found = json["control"].at("found").get<bool>();
    return verdict;
  }
  refuse(origin, fmt::format("it has no plan that does what {} does", plan.name),
         "validate the plan as it is now");
} catch (const nlohmann::json::exception&) {
  refuse(origin, "it is not what octet validate writes",
         "write it anew: octet validate CKPT --plan PLAN -o FILE");
}

}  // namespace octet
