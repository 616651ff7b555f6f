#include "core/study/validation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/held_file.h"
#include "core/metrics/table.h"
#include "core/metrics/worst_moments.h"
#include "core/resources.h"
#include "core/s3gen/format.h"
#include "core/study/validation_file.h"
#include "core/study/validation_words.h"

namespace octet {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMoments = 3;  ///< to be listened to, of each plan and clip

/// RFC 4648.
std::string base64(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto left = std::min<std::size_t>(bytes.size() - i, 3);
    std::uint32_t three = 0;
    for (std::size_t j = 0; j < 3; ++j) three = three << 8U | (j < left ? bytes[i + j] : 0U);
    for (std::size_t j = 0; j < 4; ++j) text += j <= left ? kDigits[three >> (18 - 6 * j) & 63U] : '=';
  }
  return text;
}

/// Little-endian 16-bit integers, as write_wav rounds them.
std::string pcm16(std::span<const float> samples) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(2 * samples.size());
  for (const float sample : samples) {
    const auto value = static_cast<std::uint16_t>(
        static_cast<std::int16_t>(std::clamp(std::nearbyint(sample * 32768.0F), -32768.0F, 32767.0F)));
    bytes.push_back(static_cast<std::uint8_t>(value & 255U));
    bytes.push_back(static_cast<std::uint8_t>(value >> 8U));
  }
  return base64(bytes);
}

Json version_json(const std::string& name, const std::vector<float>& reference,
                  const std::vector<float>& samples) {
  auto moments = Json::array();
  for (const auto& moment : worst_moments(reference, samples, s3gen::kSampleRate, kMoments))
    moments.push_back({{"seconds", moment.seconds}, {"decibels", moment.score}});
  return {{"name", name}, {"moments", moments}, {"pcm16", pcm16(samples)}};
}

Json sounds_json(const std::vector<SpokenClip>& spoken, const std::vector<StudyPlan>& plans) {
  auto clips = Json::array();
  for (const auto& clip : spoken) {
    auto versions = Json::array({version_json("A: fp32", clip.reference, clip.reference),
                                 version_json("A, other noise", clip.reference, clip.floor)});
    for (std::size_t i = 0; i < plans.size(); ++i)
      versions.push_back(version_json(plans[i].name, clip.reference, clip.plans[i]));
    clips.push_back({{"clip", clip.name}, {"rate", s3gen::kSampleRate}, {"versions", versions}});
  }
  return clips;
}

/// What becomes of the layers, those that are stored alike for the same reason together.
Json plan_json(const StudyPlan& plan, const LayerTable& layers,
               const std::shared_ptr<const Calibration>& calibration) {
  const auto resolved = resolve(plan.plan, layers, calibration);
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> groups;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& [requested, effective, reason] = resolved.layers[i];
    groups[{to_string(effective), reason}].push_back(layers[i].name);
  }
  auto list = Json::array();
  for (const auto& [how, names] : groups)
    list.push_back({{"stored", how.first}, {"reason", how.second}, {"layers", names}});
  return {{"name", plan.name}, {"layers", list}};
}

Json measures_json() {
  auto list = Json::array();
  for (const auto& measure : measures())
    list.push_back({{"id", measure.id},
                    {"name", measure.name},
                    {"unit", measure.unit},
                    {"group", to_string(measure.group)},
                    {"better", to_string(measure.better)},
                    {"definition", measure.definition},
                    {"decimals", measure.decimals}});
  return list;
}

/// By measure, why what plans change is not told.
Json untold_json(const Validation& validation) {
  auto json = Json::object();
  const auto& thresholds = validation.subject.thresholds.measures;
  for (std::size_t i = 0; i < thresholds.size(); ++i)
    if (auto why = not_told_apart(validation, i); !why.empty()) json[thresholds[i].measure] = std::move(why);
  return json;
}

/// What gives the same figures again, files by their names.
std::string command_of(const ValidationSubject& subject) {
  const bool fewer =
      std::ranges::any_of(subject.plans, [](const StudyPlan& plan) { return plan.steps != 0; });
  return fmt::format("octet validate {} --set DIR --steps {} --seed {} --threads {}{}{}{}{}{}",
                     subject.checkpoint, subject.steps, subject.seed, subject.threads,
                     subject.plans.size() > 1 ? " --plan …" : "",
                     subject.calibration_sha256.empty() ? "" : " --calibration FILE",
                     fewer ? " --fewer-steps" : "", subject.costs ? " --costs" : "",
                     predictions_of(subject) == Predictions::made ? " --predicted-mos" : "");
}

/// JSON that no HTML ends: "<" only stands in texts.
std::string in_html(const std::string& json) {
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json) c == '<' ? safe.append("\\u003c") : safe.append(1, c);
  return safe;
}

std::string part(const char* name) { return HeldFile::open(report_folder() / name)->text(); }

std::string csv_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string csv_number(const std::vector<Score>& scores, std::string_view measure) {
  const auto found = std::ranges::find(scores, measure, &Score::measure);
  return found == scores.end() || !std::isfinite(found->value) ? "" : fmt::format("{}", found->value);
}

}  // namespace

std::filesystem::path report_folder() { return demo_voice_folder().parent_path() / "report"; }

std::string to_html(const Validation& validation, const std::vector<SpokenClip>& spoken,
                    const LayerTable& layers) {
  auto plans = Json::array();
  for (const auto& plan : validation.subject.plans)
    plans.push_back(plan_json(plan, layers, validation.calibration));
  const Json beside{{"command", command_of(validation.subject)},
                    {"measures", measures_json()},
                    {"smallest", smallest_said(validation)},
                    {"not_told_apart", untold_json(validation)},
                    {"plans", plans},
                    {"sounds", sounds_json(spoken, validation.subject.plans)}};
  std::string scripts;
  for (const auto* name : {"sound.js", "spectrogram.js", "plots.js", "report.js"})
    scripts += "<script>\n" + part(name) + "</script>\n";
  const std::map<std::string, std::string> parts{
      {"<!-- style -->", "<style>\n" + part("style.css") + "</style>"},
      {"<!-- validation -->", in_html(to_json(validation))},
      {"<!-- beside -->", in_html(beside.dump(-1, ' ', false, Json::error_handler_t::replace))},
      {"<!-- scripts -->", scripts}};
  auto page = part("page.html");
  for (const auto& [place, content] : parts) page.replace(page.find(place), place.size(), content);
  return page;
}

std::string to_csv(const Validation& validation) {
  std::string text = "plan,clip,measure,unit,better,score,floor\r\n";
  const auto& plans = validation.subject.plans;
  for (std::size_t i = 0; i < plans.size(); ++i)
    for (const auto& clip : validation.clips)
      for (const auto& id : validation.subject.measures) {
        const auto& measure = measure_called(id);
        text += fmt::format("{},{},{},{},{},{},{}\r\n", csv_text(plans[i].name), csv_text(clip.name),
                            measure.id, measure.unit, to_string(measure.better),
                            csv_number(clip.plans[i], measure.id), csv_number(clip.floor, measure.id));
      }
  return text;
}

}  // namespace octet
