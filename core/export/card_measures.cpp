#include "core/export/card_measures.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace octet {
namespace {

using Json = nlohmann::json;

class ReportReader {
 public:
  ReportReader(const Json& report, std::string_view origin, const MeasuredPlan& plan)
      : report_(report), origin_(origin), plan_(plan) {}

  CardMeasures read() const {
    if (report_.at("format") != "octet-report" || report_.at("version") != 1)
      fail("it is no report of version 1", "write one: octet compare CKPT --plan A --plan B --json > FILE");
    if (report_.at("checkpoint").at("sha256") != plan_.source_sha256)
      fail("it is about another checkpoint than the export's source", "compare that one");
    const auto& run = run_of_plan();
    const auto& settings = report_.at("settings");
    CardMeasures card{.reference = report_.at("runs").at(0).at("plan"),
                      .clips = static_cast<int>(report_.at("clips").size()),
                      .skipped = static_cast<int>(report_.at("skipped").size()),
                      .steps = settings.at("steps"),
                      .seed = settings.at("seed"),
                      .device = settings.at("device"),
                      .floors = {},
                      .rows = {}};
    for (const auto& floor : report_.at("floor_definitions"))
      card.floors.push_back({floor.at("name"), floor.at("reference"), floor.at("test")});
    for (const auto& measure : report_.at("measures")) {
      const std::string id = measure.at("id"), name = measure.at("name"), unit = measure.at("unit");
      CardMeasures::Row row{unit.empty() ? name : fmt::format("{} ({})", name, unit),
                            measure.at("better"),
                            mean_of(run.at("summary"), id),
                            {}};
      for (const auto& floor : card.floors)
        row.floors.push_back(mean_of(report_.at("floors").at(floor.name), id));
      card.rows.push_back(std::move(row));
    }
    return card;
  }

 private:
  [[noreturn]] void fail(const std::string& why, const std::string& hint) const {
    throw Error(ErrorKind::input, fmt::format("{}: {}", origin_, why), hint);
  }

  const Json& run_of_plan() const {
    const auto& runs = report_.at("runs");
    const Json* found = nullptr;
    std::vector<std::string> others;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const std::string plan = runs[i].at("plan");
      if (i > 0 && plan == plan_.name && stores_as_the_export(runs[i])) found = found ? found : &runs[i];
      if (i > 0) others.push_back(plan);
    }
    if (found) return *found;
    if (std::ranges::find(others, plan_.name) != others.end())
      fail(fmt::format("its run of the plan {} stores other bytes than the export", plan_.name),
           "compare the plan as it is now");
    fail(fmt::format("it has no run of the plan {} beside its reference, only of {}", plan_.name,
                     fmt::join(others, ", ")),
         "the first plan of a comparison is what others are measured against: give this one behind it");
  }

  bool stores_as_the_export(const Json& run) const {
    return std::ranges::all_of(plan_.size.components, [&](const ComponentSize& size) {
      return std::ranges::any_of(run.at("components"), [&](const Json& component) {
        return component.at("component") == size.component && component.at("bytes") == size.bytes &&
               component.at("int8_layers") == size.int8_layers;
      });
    });
  }

  static std::string mean_of(const Json& summary, const std::string& id) {
    if (!summary.contains(id)) return "not measured";
    const auto& mean = summary.at(id).at("mean");
    const auto& interval = summary.at(id).at("interval");
    if (mean.is_null()) return "not defined";
    const auto text = fmt::format("{:.5g}", mean.get<double>());
    return interval.is_null() ? text : fmt::format("{} ± {:.2g}", text, interval.get<double>());
  }

  const Json& report_;
  std::string_view origin_;
  const MeasuredPlan& plan_;
};

}  // namespace

CardMeasures read_card_measures(std::string_view json, std::string_view origin,
                                const MeasuredPlan& plan) try {
  const auto report = Json::parse(json);
  return ReportReader(report, origin, plan).read();
} catch (const nlohmann::json::exception&) {
  throw Error(ErrorKind::input, fmt::format("{} is not what octet compare --json prints", origin),
              "write it anew: octet compare CKPT --plan A --plan B --json > FILE");
}

}  // namespace octet
