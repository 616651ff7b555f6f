// Of the risks to mel, waveform and pauses.

#include <fmt/format.h>

#include "core/metrics/text_table.h"
#include "core/study/risk.h"
#include "core/study/risk_texts.h"

namespace octet {
namespace {

using namespace risk_texts;

Json errors_json(const IstftRisk::Errors& errors) {
  return {{"before_conv_post", errors.before},
          {"log_magnitude_decibels", errors.magnitude},
          {"phase_radians", errors.phase},
          {"waveform", errors.waveform},
          {"amplification", errors.amplification()}};
}

}  // namespace

std::string to_json(const StepsRisk& risk) {
  auto courses = Json::array(), windows = Json::array(), guidance = Json::array();
  for (const auto& [steps, plan, bf16] : risk.courses)
    courses.push_back({{"steps", steps}, {"plan", plan}, {"bf16", bf16}});
  for (const auto& [first, last, error] : risk.windows)
    windows.push_back({{"first", first}, {"last", last}, {"error", error}});
  for (const auto& [conditional, blank, guided] : risk.guidance)
    guidance.push_back({{"conditional", conditional}, {"blank", blank}, {"guided", guided}});
  return finished("steps", {{"courses", courses},
                            {"windows", windows},
                            {"guidance", guidance},
                            {"blamed", blamed_json(risk.blamed)}});
}

std::string to_json(const IstftRisk& risk) {
  auto worst = Json::array();
  for (const auto& [clip, seconds, error] : risk.worst)
    worst.push_back({{"clip", clip}, {"seconds", seconds}, {"error", error}});
  return finished("istft", {{"plan", errors_json(risk.plan)},
                            {"bf16", errors_json(risk.bf16)},
                            {"worst", worst},
                            {"blamed", blamed_json(risk.blamed)}});
}

std::string to_json(const NoiseRisk& risk) {
  auto bands = Json::array();
  for (const auto& band : risk.bands)
    bands.push_back({{"centre_hertz", band.centre},
                     {"marked", band.marked},
                     {"reference", band.reference},
                     {"plan", band.plan},
                     {"bf16", band.bf16},
                     {"other_noise", band.other_noise},
                     {"threshold", band.threshold},
                     {"audible", band.audible()}});
  return finished("noise", {{"speech_level", risk.speech_level}, {"bands", bands}});
}

std::string to_table(const StepsRisk& risk) {
  std::string text = "Error of the state after each Euler step\n\n";
  Rows rows{{"steps", "whose", "after each"}};
  for (const auto& [steps, plan, bf16] : risk.courses)
    for (const auto& [whose, errors] : {std::pair("plan", &plan), std::pair("bf16", &bf16)}) {
      std::string all;
      for (const double error : *errors) all += percent(error) + "  ";
      rows.push_back({std::to_string(steps), whose, all});
    }
  text += align_columns(rows, 3) +
          "\nThe plan's estimator in some of ten steps only: error of the last state\n\n";
  rows = {{"steps", "error"}};
  for (const auto& [first, last, error] : risk.windows)
    rows.push_back({fmt::format("{} to {}", first, last), percent(error)});
  text += align_columns(rows, 1);
  if (risk.guidance.empty()) return text + blamed_table(risk.blamed);
  rows = {{"step", "with condition", "without", "guided", "guided over with"}};
  for (std::size_t i = 0; i < risk.guidance.size(); ++i) {
    const auto& [conditional, blank, guided] = risk.guidance[i];
    rows.push_back({std::to_string(i + 1), percent(conditional), percent(blank), percent(guided),
                    conditional > 0 ? fmt::format("{:.2f}", guided / conditional) : "-"});
  }
  return text + "\nError of slopes at fp32's state before each of ten steps\n\n" + align_columns(rows, 1) +
         blamed_table(risk.blamed);
}

std::string to_table(const IstftRisk& risk) {
  Rows rows{{"", "before conv_post", "log magnitude", "phase", "waveform", "amplification"}};
  for (const auto& [whose, errors] : {std::pair("plan", &risk.plan), std::pair("bf16", &risk.bf16)})
    rows.push_back({whose, percent(errors->before), fmt::format("{:.4f} dB", errors->magnitude),
                    fmt::format("{:.4f} rad", errors->phase), percent(errors->waveform),
                    fmt::format("{:.2f}", errors->amplification())});
  std::string text = "Errors of the vocoder, given fp32's mel and source\n\n" + align_columns(rows, 1) +
                     blamed_table(risk.blamed);
  for (const auto& [clip, seconds, error] : risk.worst)
    text += fmt::format("\nworst: {} at {:.2f} s, {} of the clip's level", clip, seconds, percent(error));
  return text;
}

std::string to_table(const NoiseRisk& risk) {
  Rows rows{{"Hz", "fp32", "plan", "bf16", "other noise", "threshold", "over it"}};
  for (const auto& band : risk.bands) {
    const auto db = [](double value) { return fmt::format("{:.1f}", value); };
    rows.push_back({fmt::format("{:.0f}{}", band.centre, band.marked ? " *" : ""), db(band.reference),
                    db(band.plan), db(band.bf16), db(band.other_noise), db(band.threshold),
                    db(band.audible())});
  }
  return fmt::format(
             "Noise floor in pauses by thirds of an octave, dB SPL, speech at {:.0f} dB SPL; * 1 to 4 "
             "kHz\n\n",
             risk.speech_level) +
         align_columns(rows, 1);
}

}  // namespace octet
