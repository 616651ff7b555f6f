#include "ui/measures/measure_names.h"

#include <map>

#include "ui/language/tr.h"

namespace octet::ui {
namespace {

/// Of the field: never translated (ui/language/symbols.h).
QString abbreviation(std::string_view id) {
  static const std::map<std::string_view, QString> known{{"log_spectral_distance", QStringLiteral("LSD")},
                                                         {"mr_stft", QStringLiteral("MR-STFT")},
                                                         {"snr", QStringLiteral("SNR")},
                                                         {"snr_1_4k", QStringLiteral("SNR 1–4 kHz")},
                                                         {"segmental_snr", QStringLiteral("Seg. SNR")},
                                                         {"si_sdr", QStringLiteral("SI-SDR")},
                                                         {"mel_l1", QStringLiteral("Mel L1")},
                                                         {"mel_cepstral_distortion", QStringLiteral("MCD")},
                                                         {"stoi", QStringLiteral("STOI")},
                                                         {"extended_stoi", QStringLiteral("ESTOI")},
                                                         {"constant_offset", QStringLiteral("DC")}};
  const auto found = known.find(id);
  return found == known.end() ? QString() : found->second;
}

/// Core's symbol of it; what is none is a word.
QString unit_of(const Measure& measure) { return measure.unit == "cents" ? tr("cents") : text(measure.unit); }

}  // namespace

QString text(std::string_view of_core) {
  return QString::fromUtf8(of_core.data(), qsizetype(of_core.size()));
}

QString title(MeasureGroup group) {
  switch (group) {
    case MeasureGroup::noise: return tr("Noise");
    case MeasureGroup::timbre: return tr("Timbre");
    case MeasureGroup::voice: return tr("Voice");
    case MeasureGroup::level: return tr("Level");
    case MeasureGroup::predicted: break;
  }
  return tr("Predicted");
}

QString floor_name(std::size_t floor, const QString& reference) {
  return floor == 0 ? tr("%1, other noise").arg(reference) : tr("bf16 against fp32");
}

QString short_name(const Measure& measure) {
  static const std::map<std::string_view, const char*> names{
      {"mel_cosine", QT_TRANSLATE_NOOP("octet::ui", "Mel cosine")},
      {"noise_floor_1_4k", QT_TRANSLATE_NOOP("octet::ui", "Hiss 1–4k")},
      {"noise_floor_rise_100_1000", QT_TRANSLATE_NOOP("octet::ui", "+Hiss 0.1–1k")},
      {"noise_floor_rise_1_4k", QT_TRANSLATE_NOOP("octet::ui", "+Hiss 1–4k")},
      {"noise_floor_rise_4_8k", QT_TRANSLATE_NOOP("octet::ui", "+Hiss 4–8k")},
      {"noise_floor_rise_8_12k", QT_TRANSLATE_NOOP("octet::ui", "+Hiss 8–12k")},
      {"level_difference", QT_TRANSLATE_NOOP("octet::ui", "Level")},
      {"snr_third_octave", QT_TRANSLATE_NOOP("octet::ui", "Worst third")},
      {"noise_under_speech", QT_TRANSLATE_NOOP("octet::ui", "In speech")},
      {"clicks", QT_TRANSLATE_NOOP("octet::ui", "Clicks")},
      {"token_agreement", QT_TRANSLATE_NOOP("octet::ui", "Tokens")},
      {"pitch_difference", QT_TRANSLATE_NOOP("octet::ui", "Pitch")},
      {"voicing_error", QT_TRANSLATE_NOOP("octet::ui", "Voicing")},
      {"loudness_difference", QT_TRANSLATE_NOOP("octet::ui", "Loudness")},
      {"clipping", QT_TRANSLATE_NOOP("octet::ui", "Clipping")},
      {"predicted_mos_speech", QT_TRANSLATE_NOOP("octet::ui", "MOS? speech")},
      {"predicted_mos_background", QT_TRANSLATE_NOOP("octet::ui", "MOS? backgr.")},
      {"predicted_mos_overall", QT_TRANSLATE_NOOP("octet::ui", "MOS? overall")},
      {"predicted_mos_change", QT_TRANSLATE_NOOP("octet::ui", "MOS? change")},
      {"predicted_mos_distilled", QT_TRANSLATE_NOOP("octet::ui", "MOS? Distill")},
      {"predicted_mos_distilled_change", QT_TRANSLATE_NOOP("octet::ui", "MOS? D. change")},
      {"speaker_cosine", QT_TRANSLATE_NOOP("octet::ui", "Voice")}};
  if (const auto known = abbreviation(measure.id); !known.isEmpty()) return known;
  const auto found = names.find(measure.id);
  return found == names.end() ? text(measure.name) : tr(found->second);
}

QString short_name_with_unit(const Measure& measure) {
  return measure.unit.empty() ? short_name(measure) : short_name(measure) + ", " + unit_of(measure);
}

QString name_with_unit(const Measure& measure) {
  return measure.unit.empty() ? text(measure.name) : text(measure.name) + ", " + unit_of(measure);
}

QString explained(const Measure& measure) {
  const auto said = measure.better == Better::higher  ? tr("<b>%1</b><br>%2 (better: higher)")
                    : measure.better == Better::lower ? tr("<b>%1</b><br>%2 (better: lower)")
                                                      : tr("<b>%1</b><br>%2 (better: nearer 0)");
  return said.arg(name_with_unit(measure).toHtmlEscaped(), text(measure.definition).toHtmlEscaped());
}

}  // namespace octet::ui
