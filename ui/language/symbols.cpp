#include "ui/language/symbols.h"

#include <QLocale>
#include <QRegularExpression>

namespace octet::ui {

QString with_unit(const QString& number, const char* unit) {
  return QStringLiteral("%1 %2").arg(number, QString::fromUtf8(unit));
}

QString with_unit(double value, int decimals, const char* unit) {
  return with_unit(QLocale().toString(value, 'f', decimals), unit);
}

const QRegularExpression& symbols() {
  static const QRegularExpression found(
      QStringLiteral("\\b(?:k?Hz|dB(?:FS)?|SPL|LUFS|LU|[kMG]B|rad"
                     "|SNR|Seg\\. SNR|SI-SDR|LSD|MR-STFT|STFT|Mel L1|MCD|E?STOI|DC|MOS|RMS"
                     "|fp32|fp16|bf16|int8|CPU|GPU|CUDA)\\b"));
  return found;
}

}  // namespace octet::ui
