// Risks read back from their files.

#include "core/study/risk_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/study/study_json.h"

namespace octet {
namespace {

using Json = StudyJson;

constexpr auto kFormat = "octet-risk";

/// The library writes what is not finite as null.
double number(const Json& json) {
  return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}

std::vector<double> numbers(const Json& list) {
  std::vector<double> values;
  for (const auto& value : list) values.push_back(number(value));
  return values;
}

template <typename Make>
auto each(const Json& list, const Make& make) {
  std::vector<decltype(make(list))> made;
  for (const auto& entry : list) made.push_back(make(entry));
  return made;
}

std::vector<BlamedPart> blamed_of(const Json& json) {
  return each(json.at("blamed"), [](const Json& part) {
    const double error = number(part.at("error"));
    return BlamedPart{part.at("part"), std::isnan(error) ? std::numeric_limits<double>::infinity() : error};
  });
}

StepsRisk steps_of(const Json& json) {
  return {.courses = each(json.at("courses"),
                          [](const Json& course) {
                            return StepsRisk::Course{course.at("steps"), numbers(course.at("plan")),
                                                     numbers(course.at("bf16"))};
                          }),
          .windows = each(
              json.at("windows"),
              [](const Json& window) {
                return StepsRisk::Window{window.at("first"), window.at("last"), number(window.at("error"))};
              }),
          .guidance = each(json.at("guidance"),
                           [](const Json& step) {
                             return StepsRisk::Guidance{number(step.at("conditional")),
                                                        number(step.at("blank")), number(step.at("guided"))};
                           }),
          .blamed = blamed_of(json)};
}

IstftRisk istft_of(const Json& json) {
  const auto errors = [](const Json& of) {
    return IstftRisk::Errors{number(of.at("before_conv_post")), number(of.at("log_magnitude_decibels")),
                             number(of.at("phase_radians")), number(of.at("waveform"))};
  };
  return {.plan = errors(json.at("plan")),
          .bf16 = errors(json.at("bf16")),
          .worst = each(json.at("worst"),
                        [](const Json& moment) {
                          return IstftRisk::Worst{moment.at("clip"), number(moment.at("seconds")),
                                                  number(moment.at("error"))};
                        }),
          .blamed = blamed_of(json)};
}

NoiseRisk noise_of(const Json& json) {
  return {.speech_level = number(json.at("speech_level")),
          .bands = each(json.at("bands"), [](const Json& band) {
            return NoiseRisk::Band{.centre = number(band.at("centre_hertz")),
                                   .marked = band.at("marked"),
                                   .reference = number(band.at("reference")),
                                   .plan = number(band.at("plan")),
                                   .bf16 = number(band.at("bf16")),
                                   .other_noise = number(band.at("other_noise")),
                                   .threshold = number(band.at("threshold"))};
          })};
}

SnakeRisk snake_of(const Json& json) {
  const auto ways = [](const Json& of) {
    return SnakeRisk::Ways{number(of.at("plan")), number(of.at("bf16")), number(of.at("int8"))};
  };
  return {.channels = json.at("channels"),
          .mean = ways(json.at("mean")),
          .largest = ways(json.at("largest")),
          .worst = each(json.at("worst"),
                        [&](const Json& channel) {
                          return SnakeRisk::Channel{
                              .layer = channel.at("layer"),
                              .channel = channel.at("channel"),
                              .alpha = number(channel.at("alpha")),
                              .rounded = ways(channel.at("rounded")),
                              .error = ways(channel.at("error")),
                              .reach = number(channel.at("reach")),
                          };
                        }),
          .curves = each(json.at("curves"), [](const Json& curve) {
            return SnakeRisk::Curve{.layer = curve.at("layer"),
                                    .channel = curve.at("channel"),
                                    .x = numbers(curve.at("x")),
                                    .exact = numbers(curve.at("exact")),
                                    .plan = numbers(curve.at("plan")),
                                    .bf16 = numbers(curve.at("bf16")),
                                    .int8 = numbers(curve.at("int8"))};
          })};
}

SpeakerRisk speaker_of(const Json& json) {
  return {.encoders = each(json.at("encoders"),
                           [](const Json& encoder) {
                             return SpeakerRisk::Encoder{
                                 .name = encoder.at("encoder"),
                                 .cosine = number(encoder.at("cosine")),
                                 .lowest = number(encoder.at("lowest")),
                                 .same_speaker = number(encoder.at("same_speaker")),
                                 .other_speaker = number(encoder.at("other_speaker"))};
                           }),
          .sounds = json.at("sounds"),
          .same_pairs = json.at("same_pairs"),
          .other_pairs = json.at("other_pairs"),
          .left_out = json.at("left_out"),
          .cached = number(json.at("cached")),
          .fresh = number(json.at("fresh")),
          .blamed = blamed_of(json)};
}

PitchRisk pitch_of(const Json& json) {
  const auto errors = [](const Json& of) {
    return PitchRisk::Errors{number(of.at("cents")), number(of.at("voicing")), number(of.at("own_source")),
                             number(of.at("fp32_source"))};
  };
  const auto& course = json.at("course");
  return {.plan = errors(json.at("plan")),
          .bf16 = errors(json.at("bf16")),
          .course = {course.at("clip"), numbers(course.at("hertz")), numbers(course.at("plan")),
                     numbers(course.at("bf16"))},
          .blamed = blamed_of(json)};
}

/// Lists that belong together are as long.
bool whole(const Risk& risk) {
  if (const auto* steps = std::get_if<StepsRisk>(&risk))
    return !steps->courses.empty() && std::ranges::all_of(steps->courses, [](const auto& course) {
      return !course.plan.empty() && course.plan.size() == course.bf16.size();
    });
  if (const auto* snake = std::get_if<SnakeRisk>(&risk))
    return std::ranges::all_of(snake->curves, [](const auto& curve) {
      return std::ranges::all_of(std::array{&curve.exact, &curve.plan, &curve.bf16, &curve.int8},
                                 [&](const auto* values) { return values->size() == curve.x.size(); });
    });
  if (const auto* pitch = std::get_if<PitchRisk>(&risk))
    return pitch->course.plan.size() == pitch->course.hertz.size() &&
           pitch->course.bf16.size() == pitch->course.hertz.size();
  return true;
}

Risk risk_of(const Json& json, std::string_view origin) {
  const auto name = json.at("risk").get<std::string>();
  if (name == "steps") return steps_of(json);
  if (name == "istft") return istft_of(json);
  if (name == "snake") return snake_of(json);
  if (name == "speaker") return speaker_of(json);
  if (name == "noise") return noise_of(json);
  if (name == "pitch") return pitch_of(json);
  refuse_study(origin, kFormat);
}

}  // namespace

Risk parse_risk(std::string_view text, std::string_view origin) try {
  const auto json = Json::parse(text);
  if (json.at("format") != kFormat || json.at("version") != 1) refuse_study(origin, kFormat);
  auto risk = risk_of(json, origin);
  if (!whole(risk)) refuse_study(origin, kFormat);
  return risk;
} catch (const nlohmann::json::exception&) {
  refuse_study(origin, kFormat);
}

}  // namespace octet
