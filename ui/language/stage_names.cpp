#include "ui/language/stage_names.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "ui/language/tr.h"

namespace octet::ui {
namespace {

constexpr std::array kStages{
    // of a synthesis
    QT_TRANSLATE_NOOP("octet::ui", "loading weights"), QT_TRANSLATE_NOOP("octet::ui", "reference"),
    QT_TRANSLATE_NOOP("octet::ui", "reference: mel"), QT_TRANSLATE_NOOP("octet::ui", "reference: speaker"),
    QT_TRANSLATE_NOOP("octet::ui", "reference: tokens"), QT_TRANSLATE_NOOP("octet::ui", "source: tokens"),
    QT_TRANSLATE_NOOP("octet::ui", "encoder"), QT_TRANSLATE_NOOP("octet::ui", "flow"),
    QT_TRANSLATE_NOOP("octet::ui", "source"), QT_TRANSLATE_NOOP("octet::ui", "vocoder"),
    // of what is measured of it
    QT_TRANSLATE_NOOP("octet::ui", "judging"), QT_TRANSLATE_NOOP("octet::ui", "measuring"),
    QT_TRANSLATE_NOOP("octet::ui", "predicted MOS"), QT_TRANSLATE_NOOP("octet::ui", "spectrogram"),
    QT_TRANSLATE_NOOP("octet::ui", "timing"), QT_TRANSLATE_NOOP("octet::ui", "timing speech"),
    QT_TRANSLATE_NOOP("octet::ui", "tokens"), QT_TRANSLATE_NOOP("octet::ui", "voice"),
    // of risks
    QT_TRANSLATE_NOOP("octet::ui", "layers to blame"), QT_TRANSLATE_NOOP("octet::ui", "noise floor"),
    QT_TRANSLATE_NOOP("octet::ui", "pitch"), QT_TRANSLATE_NOOP("octet::ui", "speaker encoder"),
    QT_TRANSLATE_NOOP("octet::ui", "steps"), QT_TRANSLATE_NOOP("octet::ui", "voices"),
    // of studies
    QT_TRANSLATE_NOOP("octet::ui", "calibrating"), QT_TRANSLATE_NOOP("octet::ui", "estimating layers"),
    QT_TRANSLATE_NOOP("octet::ui", "looking at layers"), QT_TRANSLATE_NOOP("octet::ui", "making plans"),
    QT_TRANSLATE_NOOP("octet::ui", "measuring layers"), QT_TRANSLATE_NOOP("octet::ui", "measuring pairs"),
    QT_TRANSLATE_NOOP("octet::ui", "measuring streams"),
    QT_TRANSLATE_NOOP("octet::ui", "measuring what a layer takes"),
    QT_TRANSLATE_NOOP("octet::ui", "speaking the reference"),
    QT_TRANSLATE_NOOP("octet::ui", "weighing layers"), QT_TRANSLATE_NOOP("octet::ui", "weight errors"),
    // of files
    QT_TRANSLATE_NOOP("octet::ui", "checking tensors"),
    QT_TRANSLATE_NOOP("octet::ui", "comparing with the source"),
    QT_TRANSLATE_NOOP("octet::ui", "reading clips"), QT_TRANSLATE_NOOP("octet::ui", "reading the checkpoint"),
    QT_TRANSLATE_NOOP("octet::ui", "writing"), QT_TRANSLATE_NOOP("octet::ui", "writing, MB")};

}  // namespace

QString stage_in_words(const std::string& stage) {
  const bool known = std::ranges::find(kStages, std::string_view(stage)) != kStages.end();
  return known ? tr(stage.c_str()) : QString::fromStdString(stage);
}

}  // namespace octet::ui
