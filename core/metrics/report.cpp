#include "core/metrics/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/metrics/interval.h"
#include "core/metrics/table.h"
#include "core/metrics/text_table.h"

namespace octet {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;
/// Values of one measure over clips, by the measure's id.
using Values = std::map<std::string, std::vector<double>, std::less<>>;

void check(const Report& report) {
  for (const ClipResult& clip : report.clips) {
    if (clip.runs.size() != report.runs.size()) {
      throw Error(ErrorKind::usage, fmt::format("clip '{}' has {} runs, the report has {}", clip.name,
                                                clip.runs.size(), report.runs.size()));
    }
    for (const ClipRun& run : clip.runs) {
      for (const Score& score : run.scores) measure_called(score.measure);
    }
    for (const FloatFloor& floor : clip.floors) {
      for (const Score& score : floor.scores) measure_called(score.measure);
    }
  }
}

void collect(const std::vector<Score>& scores, Values& values) {
  for (const Score& score : scores) values[score.measure].push_back(score.value);
}

/// The floors of all clips, one of each name.
std::vector<FloatFloor> kinds_of_floors(std::span<const ClipResult> clips) {
  std::vector<FloatFloor> kinds;
  for (const ClipResult& clip : clips)
    for (const FloatFloor& floor : clip.floors)
      if (std::ranges::find(kinds, floor.name, &FloatFloor::name) == kinds.end()) kinds.push_back(floor);
  return kinds;
}

/// A column of the measures table: a run against the reference, or a floor, over some clips.
struct Column {
  std::string name;
  Values values;
};

std::vector<Column> run_columns(const Report& report, std::span<const ClipResult> clips) {
  std::vector<Column> columns;
  for (std::size_t run = 1; run < report.runs.size(); ++run) {
    Column column{report.runs[run].name, {}};
    for (const ClipResult& clip : clips) collect(clip.runs[run].scores, column.values);
    columns.push_back(std::move(column));
  }
  return columns;
}

std::vector<Column> floor_columns(std::span<const ClipResult> clips) {
  std::vector<Column> columns;
  for (const FloatFloor& kind : kinds_of_floors(clips)) {
    Column column{kind.name, {}};
    for (const ClipResult& clip : clips)
      for (const FloatFloor& floor : clip.floors)
        if (floor.name == kind.name) collect(floor.scores, column.values);
    columns.push_back(std::move(column));
  }
  return columns;
}

Mean mean_of(const Column& column, std::string_view measure) {
  const auto found = column.values.find(measure);
  return mean_with_interval(found == column.values.end() ? std::span<const double>() : found->second);
}

ComponentSummary total(const RunSummary& run) {
  ComponentSummary sum{.component = "total"};
  for (const ComponentSummary& component : run.components) {
    sum.layers += component.layers;
    sum.int8_layers += component.int8_layers;
    sum.parameters += component.parameters;
    sum.bytes += component.bytes;
  }
  return sum;
}

double stage_seconds(const ClipRun& run) {
  double sum = 0;
  for (const StageCost& stage : run.stages) sum += stage.seconds;
  return sum;
}

// JSON. The library writes a NaN as null.

Json component_json(const ComponentSummary& component) {
  return {{"component", component.component},
          {"layers", component.layers},
          {"int8_layers", component.int8_layers},
          {"parameters", component.parameters},
          {"bytes", component.bytes}};
}

Json summary_json(const Column& column) {
  Json json = Json::object();
  for (const Measure& measure : measures()) {
    if (!column.values.contains(measure.id)) continue;
    const Mean mean = mean_of(column, measure.id);
    json[std::string(measure.id)] = {{"mean", mean.value},
                                     {"interval", mean.half_width ? Json(*mean.half_width) : Json()},
                                     {"clips", mean.count}};
  }
  return json;
}

Json scores_json(const std::vector<Score>& scores) {
  Json json = Json::object();
  for (const Score& score : scores) json[score.measure] = score.value;
  return json;
}

Json stages_json(const std::vector<StageCost>& stages) {
  Json json = Json::array();
  for (const StageCost& stage : stages) {
    json.push_back({{"stage", stage.stage}, {"seconds", stage.seconds}, {"peak_bytes", stage.peak_bytes}});
  }
  return json;
}

Json runs_json(const Report& report) {
  const std::vector<Column> columns = run_columns(report, report.clips);
  Json json = Json::array();
  for (std::size_t index = 0; index < report.runs.size(); ++index) {
    const RunSummary& run = report.runs[index];
    Json components = Json::array();
    for (const ComponentSummary& component : run.components) components.push_back(component_json(component));
    json.push_back({{"name", run.name},
                    {"plan", run.plan},
                    {"components", components},
                    {"total", component_json(total(run))},
                    {"int8_weight_snr", run.int8_weight_snr ? Json(*run.int8_weight_snr) : Json()},
                    {"summary", index == 0 ? Json() : summary_json(columns[index - 1])}});
  }
  return json;
}

Json clip_json(const Report& report, const ClipResult& clip) {
  Json floors = Json::object();
  for (const FloatFloor& floor : clip.floors) floors[floor.name] = scores_json(floor.scores);
  Json runs = Json::array();
  for (std::size_t index = 0; index < clip.runs.size(); ++index) {
    const ClipRun& run = clip.runs[index];
    runs.push_back({{"name", report.runs[index].name},
                    {"seconds", run.seconds},
                    {"stage_seconds", stage_seconds(run)},
                    {"real_time_factor", run.seconds / clip.seconds},
                    {"stages", stages_json(run.stages)},
                    {"scores", scores_json(run.scores)}});
  }
  return {{"name", clip.name}, {"seconds", clip.seconds}, {"floors", floors}, {"runs", runs}};
}

// Text.

std::string megabytes(std::uint64_t bytes) { return fmt::format("{:.1f}", static_cast<double>(bytes) / 1e6); }

std::string plans_table(const Report& report) {
  Rows rows{{"run", "plan", "component", "layers", "int8", "parameters", "MB"}};
  for (const RunSummary& run : report.runs) {
    std::vector<ComponentSummary> lines = run.components;
    lines.push_back(total(run));
    for (const ComponentSummary& line : lines) {
      rows.push_back({run.name, run.plan, line.component, std::to_string(line.layers),
                      std::to_string(line.int8_layers), std::to_string(line.parameters),
                      megabytes(line.bytes)});
    }
  }
  return align_columns(rows, 3);
}

std::string cell(const Measure& measure, const Mean& mean) {
  std::string text = format_value(measure, mean.value);
  if (mean.half_width) text += " +- " + format_value(measure, *mean.half_width);
  return text;
}

std::string measures_table(const Report& report, std::span<const ClipResult> clips) {
  const std::vector<Column> runs = run_columns(report, clips);
  const std::vector<Column> floors = floor_columns(clips);
  std::vector<std::string> names;
  names.reserve(runs.size() + floors.size());
  for (const Column& run : runs) names.push_back(run.name + " against " + report.runs[0].name);
  for (const Column& floor : floors) names.push_back("floor: " + floor.name);
  MeasureTable table(names);
  for (const Measure& measure : measures()) {
    const auto has = [&](const Column& column) { return column.values.contains(measure.id); };
    if (std::none_of(runs.begin(), runs.end(), has)) continue;
    std::vector<std::string> values;
    for (const auto* columns : {&runs, &floors})
      for (const Column& column : *columns) values.push_back(cell(measure, mean_of(column, measure.id)));
    table.add(measure, values);
  }
  return table.text();
}

std::string floors_explained(const Report& report) {
  std::string text;
  for (const FloatFloor& floor : kinds_of_floors(report.clips))
    text += fmt::format("Floor \"{}\": {} against {}\n", floor.name, floor.test, floor.reference);
  return text;
}

std::string skipped_clips(const Report& report) {
  std::string text;
  for (const SkippedClip& clip : report.skipped)
    text += fmt::format("Skipped {}: {}\n", clip.name, clip.reason);
  return text;
}

std::string costs_table(const Report& report) {
  Rows rows{{"clip", "run", "stage", "seconds", "peak MB"}};
  for (const ClipResult& clip : report.clips) {
    for (std::size_t index = 0; index < clip.runs.size(); ++index) {
      const ClipRun& run = clip.runs[index];
      const std::string& name = report.runs[index].name;
      for (const StageCost& stage : run.stages) {
        rows.push_back({clip.name, name, stage.stage, fmt::format("{:.3f}", stage.seconds),
                        megabytes(stage.peak_bytes)});
      }
      rows.push_back({clip.name, name, "total", fmt::format("{:.3f}", stage_seconds(run)), ""});
      rows.push_back({clip.name, name,
                      fmt::format("end to end, {:.2f} x real time", run.seconds / clip.seconds),
                      fmt::format("{:.3f}", run.seconds), ""});
    }
  }
  return align_columns(rows, 3);
}

/// Cells of one line of the table of methods: those of the measures that any run has.
std::vector<std::string> measure_cells(const std::vector<Column>& runs, const Column& column) {
  std::vector<std::string> cells;
  for (const Measure& measure : measures())
    if (std::ranges::any_of(runs, [&](const Column& run) { return run.values.contains(measure.id); }))
      cells.push_back(cell(measure, mean_of(column, measure.id)));
  return cells;
}

std::vector<std::string> methods_header(const std::vector<Column>& runs) {
  std::vector<std::string> header{"method", "int8", "MB", "weight SNR, dB", "s"};
  for (const Measure& measure : measures())
    if (std::ranges::any_of(runs, [&](const Column& run) { return run.values.contains(measure.id); }))
      header.push_back(measure.unit.empty() ? std::string(measure.name)
                                            : fmt::format("{}, {}", measure.name, measure.unit));
  return header;
}

}  // namespace

std::string to_methods_table(const Report& report) {
  check(report);
  const auto runs = run_columns(report, report.clips);
  Rows rows{methods_header(runs)};
  const auto add = [&](std::vector<std::string> row, const Column& column) {
    const auto cells = measure_cells(runs, column);
    row.insert(row.end(), cells.begin(), cells.end());
    rows.push_back(std::move(row));
  };
  for (std::size_t index = 0; index < report.runs.size(); ++index) {
    const RunSummary& run = report.runs[index];
    std::vector<double> seconds;
    seconds.reserve(report.clips.size());
    for (const ClipResult& clip : report.clips) seconds.push_back(clip.runs[index].seconds);
    const ComponentSummary sum = total(run);
    add({run.plan, std::to_string(sum.int8_layers), megabytes(sum.bytes),
         run.int8_weight_snr ? fmt::format("{:.1f}", *run.int8_weight_snr) : "-",
         fmt::format("{:.2f}", mean_with_interval(seconds).value)},
        index == 0 ? Column() : runs[index - 1]);
  }
  for (const Column& floor : floor_columns(report.clips))
    add({"floor: " + floor.name, "", "", "", ""}, floor);
  auto text = fmt::format("{} ({}), {}, {} threads, seed {}, {} steps; mean of {} clips +- 95 % interval\n\n",
                          report.checkpoint, report.variant, report.device, report.threads, report.seed,
                          report.steps, report.clips.size());
  text += align_columns(rows, 1) + '\n' + floors_explained(report);
  return report.skipped.empty() ? text : text + '\n' + skipped_clips(report);
}

std::string to_json(const Report& report) {
  check(report);
  Json described = Json::array();
  const std::vector<Column> columns = run_columns(report, report.clips);
  for (const Measure& measure : measures()) {
    const auto has = [&](const Column& column) { return column.values.contains(measure.id); };
    if (measure.group == MeasureGroup::predicted && std::none_of(columns.begin(), columns.end(), has))
      continue;  // not asked for
    described.push_back({{"id", measure.id},
                         {"name", measure.name},
                         {"unit", measure.unit},
                         {"group", to_string(measure.group)},
                         {"better", to_string(measure.better)},
                         {"definition", measure.definition}});
  }
  Json definitions = Json::array();
  for (const FloatFloor& floor : kinds_of_floors(report.clips))
    definitions.push_back({{"name", floor.name}, {"reference", floor.reference}, {"test", floor.test}});
  Json floors = Json::object();
  for (const Column& floor : floor_columns(report.clips)) floors[floor.name] = summary_json(floor);
  Json skipped = Json::array();
  for (const SkippedClip& clip : report.skipped)
    skipped.push_back({{"name", clip.name}, {"reason", clip.reason}});
  Json clips = Json::array();
  for (const ClipResult& clip : report.clips) clips.push_back(clip_json(report, clip));
  const Json json{
      {"format", "octet-report"},
      {"version", 1},
      {"octet", report.octet_version},
      {"checkpoint",
       {{"name", report.checkpoint}, {"sha256", report.checkpoint_sha256}, {"variant", report.variant}}},
      {"settings",
       {{"device", report.device},
        {"threads", report.threads},
        {"seed", report.seed},
        {"steps", report.steps}}},
      {"warnings", report.warnings},
      {"measures", described},
      {"runs", runs_json(report)},
      {"floor_definitions", definitions},
      {"floors", floors},
      {"clips", clips},
      {"skipped", skipped}};
  return json.dump(1, ' ', /*ensure_ascii=*/false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string to_table(const Report& report) {
  check(report);
  std::string text = fmt::format("{} ({}), {}, {} threads, seed {}, {} steps\n\n", report.checkpoint,
                                 report.variant, report.device, report.threads, report.seed, report.steps);
  text += plans_table(report) + '\n';
  if (report.clips.size() > 1) {
    text += fmt::format("Mean of {} clips +- 95 % interval\n", report.clips.size()) +
            measures_table(report, report.clips) + '\n';
  }
  for (const ClipResult& clip : report.clips) {
    text +=
        fmt::format("{} ({:.2f} s)\n", clip.name, clip.seconds) + measures_table(report, {&clip, 1}) + '\n';
  }
  text += floors_explained(report) + '\n' + costs_table(report);
  return report.skipped.empty() ? text : text + '\n' + skipped_clips(report);
}

}  // namespace octet
