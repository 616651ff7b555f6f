// Of the risks to a voice: its curves, who speaks, how high.

#include <fmt/format.h>

#include <cmath>

#include "core/metrics/text_table.h"
#include "core/study/risk.h"
#include "core/study/risk_texts.h"

namespace octet {
namespace {

using namespace risk_texts;

std::string decimals(double value, int digits, const char* unit = "") {
  return std::isnan(value) ? "-" : fmt::format("{:.{}f}{}", value, digits, unit);
}

Json ways_json(const SnakeRisk::Ways& ways) {
  return {{"plan", ways.plan}, {"bf16", ways.bf16}, {"int8", ways.int8}};
}

Json errors_json(const PitchRisk::Errors& errors) {
  return {{"cents", errors.cents},
          {"voicing", errors.voicing},
          {"own_source", errors.own_source},
          {"fp32_source", errors.fp32_source}};
}

}  // namespace

std::string to_json(const SnakeRisk& risk) {
  auto worst = Json::array(), curves = Json::array();
  for (const auto& channel : risk.worst)
    worst.push_back({{"layer", channel.layer},
                     {"channel", channel.channel},
                     {"alpha", channel.alpha},
                     {"rounded", ways_json(channel.rounded)},
                     {"error", ways_json(channel.error)},
                     {"reach", channel.reach}});
  for (const auto& curve : risk.curves)
    curves.push_back({{"layer", curve.layer},
                      {"channel", curve.channel},
                      {"x", curve.x},
                      {"exact", curve.exact},
                      {"plan", curve.plan},
                      {"bf16", curve.bf16},
                      {"int8", curve.int8}});
  return finished("snake", {{"channels", risk.channels},
                            {"mean", ways_json(risk.mean)},
                            {"largest", ways_json(risk.largest)},
                            {"worst", worst},
                            {"curves", curves}});
}

std::string to_json(const SpeakerRisk& risk) {
  auto encoders = Json::array();
  for (const auto& encoder : risk.encoders)
    encoders.push_back({{"encoder", encoder.name},
                        {"cosine", encoder.cosine},
                        {"lowest", encoder.lowest},
                        {"same_speaker", encoder.same_speaker},
                        {"other_speaker", encoder.other_speaker},
                        {"margin", encoder.margin()}});
  return finished("speaker", {{"encoders", encoders},
                              {"sounds", risk.sounds},
                              {"same_pairs", risk.same_pairs},
                              {"other_pairs", risk.other_pairs},
                              {"left_out", risk.left_out},
                              {"cached", risk.cached},
                              {"fresh", risk.fresh},
                              {"blamed", blamed_json(risk.blamed)}});
}

std::string to_json(const PitchRisk& risk) {
  return finished("pitch", {{"plan", errors_json(risk.plan)},
                            {"bf16", errors_json(risk.bf16)},
                            {"course",
                             {{"clip", risk.course.clip},
                              {"hertz", risk.course.hertz},
                              {"plan", risk.course.plan},
                              {"bf16", risk.course.bf16}}},
                            {"blamed", blamed_json(risk.blamed)}});
}

std::string to_table(const SnakeRisk& risk) {
  Rows rows{{"", "plan", "bf16", "int8"}};
  for (const auto& [which, ways] : {std::pair("mean", &risk.mean), std::pair("largest", &risk.largest)})
    rows.push_back({which, percent(ways->plan), percent(ways->bf16), percent(ways->int8)});
  auto text = fmt::format("Error of what Snake gives with alpha rounded, over {} channels\n\n{}",
                          risk.channels, align_columns(rows, 1));
  rows = {{"layer", "channel", "alpha", "plan's", "error", "bf16", "int8", "largest |x|"}};
  for (const auto& channel : risk.worst)
    rows.push_back({channel.layer, std::to_string(channel.channel), decimals(channel.alpha, 5),
                    decimals(channel.rounded.plan, 5), percent(channel.error.plan),
                    percent(channel.error.bf16), percent(channel.error.int8), decimals(channel.reach, 2)});
  return text + "\nChannels that change most\n\n" + align_columns(rows, 1);
}

std::string to_table(const SpeakerRisk& risk) {
  Rows rows{{"encoder", "cosine with fp32's", "lowest", "same speaker", "another", "margin"}};
  for (const auto& encoder : risk.encoders) {
    const auto shown = [](double cosine) { return decimals(cosine, 5); };
    rows.push_back({encoder.name, shown(encoder.cosine), shown(encoder.lowest), shown(encoder.same_speaker),
                    shown(encoder.other_speaker), shown(encoder.margin())});
  }
  return fmt::format(
      "Embeddings of the same {} sounds; lowest cosine of {} pairs of one speaker, highest of {} of "
      "two\n\n{}\n"
      "What the plan says against what fp32 says, as fp32 hears it: cosine {} in the voice that comes with\n"
      "the clip, {} in the one the plan takes\n{}",
      risk.sounds, risk.same_pairs, risk.other_pairs, align_columns(rows, 1), decimals(risk.cached, 5),
      decimals(risk.fresh, 5), blamed_table(risk.blamed));
}

std::string to_table(const PitchRisk& risk) {
  Rows rows{{"", "f0", "voicing", "waveform, own source", "fp32's source"}};
  for (const auto& [whose, errors] : {std::pair("plan", &risk.plan), std::pair("bf16", &risk.bf16)})
    rows.push_back({whose, decimals(errors->cents, 3, " cents"), percent(errors->voicing),
                    percent(errors->own_source), percent(errors->fp32_source)});
  return "Errors of pitch and what they do, given fp32's mel\n\n" + align_columns(rows, 1) +
         blamed_table(risk.blamed);
}

}  // namespace octet
