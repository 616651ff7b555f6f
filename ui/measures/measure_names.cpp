#include "ui/measures/measure_names.h"

#include <QCoreApplication>
#include <map>

namespace octet::ui {

QString text(std::string_view of_core) {
  return QString::fromUtf8(of_core.data(), qsizetype(of_core.size()));
}

QString title(MeasureGroup group) {
  const auto tr = [](const char* said) {
    return QCoreApplication::translate("octet::ui::MeasureNames", said);
  };
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
  return floor == 0 ? QCoreApplication::translate("octet::ui::MeasureNames", "%1, other noise").arg(reference)
                    : QCoreApplication::translate("octet::ui::MeasureNames", "bf16 against fp32");
}

QString short_name(const Measure& measure) {
  static const std::map<std::string_view, const char*> names{
      {"log_spectral_distance", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "LSD")},
      {"mr_stft", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "MR-STFT")},
      {"mel_cosine", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "Mel cosine")},
      {"snr", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "SNR")},
      {"snr_1_4k", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "SNR 1–4 kHz")},
      {"segmental_snr", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "Seg. SNR")},
      {"noise_floor_1_4k", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "Hiss 1–4k")},
      {"noise_floor_rise_100_1000", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "+Hiss 0.1–1k")},
      {"noise_floor_rise_1_4k", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "+Hiss 1–4k")},
      {"noise_floor_rise_4_8k", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "+Hiss 4–8k")},
      {"noise_floor_rise_8_12k", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "+Hiss 8–12k")},
      {"level_difference", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "Level")},
      {"snr_third_octave", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "Worst third")},
      {"si_sdr", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "SI-SDR")},
      {"noise_under_speech", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "In speech")},
      {"clicks", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "Clicks")},
      {"mel_l1", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "Mel L1")},
      {"mel_cepstral_distortion", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "MCD")},
      {"token_agreement", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "Tokens")},
      {"extended_stoi", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "ESTOI")},
      {"pitch_difference", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "Pitch")},
      {"voicing_error", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "Voicing")},
      {"loudness_difference", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "Loudness")},
      {"clipping", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "Clipping")},
      {"constant_offset", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "DC")},
      {"predicted_mos_speech", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "MOS? speech")},
      {"predicted_mos_background", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "MOS? backgr.")},
      {"predicted_mos_overall", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "MOS? overall")},
      {"predicted_mos_change", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "MOS? change")},
      {"predicted_mos_distilled", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "MOS? Distill")},
      {"predicted_mos_distilled_change", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "MOS? D. change")},
      {"speaker_cosine", QT_TRANSLATE_NOOP("octet::ui::MeasureNames", "Voice")}};
  const auto found = names.find(measure.id);
  return found == names.end() ? text(measure.name)
                              : QCoreApplication::translate("octet::ui::MeasureNames", found->second);
}

QString short_name_with_unit(const Measure& measure) {
  return measure.unit.empty() ? short_name(measure) : short_name(measure) + ", " + text(measure.unit);
}

QString name_with_unit(const Measure& measure) {
  return measure.unit.empty() ? text(measure.name) : text(measure.name) + ", " + text(measure.unit);
}

}  // namespace octet::ui
