#include "ui/model_tree/layer_column.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>
#include <array>
#include <cmath>

#include "ui/theme/cell_alignment.h"

namespace octet::ui {
namespace {

QString scaled(double value, const char* const (&units)[4]) {
  int step = 0;
  while (step < 3 && value >= 999.5) {
    value /= 1000;
    ++step;
  }
  const int decimals = step == 0 || value >= 99.95 ? 0 : 1;
  return QString::number(value, 'f', decimals) + QString::fromUtf8(units[step]);
}

QString type_text(const LayerRow& row) {
  return row.layer ? QString::fromUtf8(to_string(row.layer->type)) : QString();
}

QString shape_text(const LayerRow& row) {
  if (!row.layer || row.layer->tensors.empty()) return {};
  QStringList sizes;
  for (const auto size : row.layer->tensors.front().shape) sizes << QString::number(size);
  return sizes.join(QStringLiteral(" × "));
}

QString snr_text(const LayerRow& row) {
  return std::isnan(row.snr) ? QString()
                             : QCoreApplication::translate("octet::ui::LayerColumn", "%1 dB")
                                   .arg(static_cast<double>(row.snr), 0, 'f', 1);
}

/// A cell has no room for the digits of what is next to nothing; the row's tool tip has them.
QString damage_cell(const LayerRow& row) {
  constexpr float kLeast = 0.000005F;
  return row.sums.damage > 0 && row.sums.damage < kLeast ? QStringLiteral("≈ 0\u202f%")
                                                         : damage_text(row.sums.damage);
}

}  // namespace

QString count_text(double count) { return scaled(count, {"", "\u202fk", "\u202fM", "\u202fG"}); }
QString bytes_text(double bytes) { return scaled(bytes, {"\u202fB", "\u202fkB", "\u202fMB", "\u202fGB"}); }

QString damage_text(float damage) {
  return std::isnan(damage)
             ? QString()
             : QStringLiteral("%1\u202f%").arg(QLocale().toString(100 * static_cast<double>(damage), 'g', 2));
}

QString precision_text(const LayerSums& sums) {
  if (sums.precisions.empty()) return {};
  if (sums.precisions.size() > 1) return QCoreApplication::translate("octet::ui::LayerColumn", "mixed");
  return QString::fromUtf8(to_string(sums.precisions.begin()->first));
}

std::span<const LayerColumn> layer_columns() {
  using enum LayerColumn::Place;
  static const std::array table{
      LayerColumn{"name", QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Layer"),
                  QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Module path in the model"), "", always, kWords,
                  [](const LayerRow& row) { return row.label; },
                  [](const LayerRow& row) { return QVariant(row.label); }},
      LayerColumn{
          "precision", QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Precision"),
          QT_TRANSLATE_NOOP("octet::ui::LayerColumn",
                            "Of the weight, under this plan. Click to change it, or press I for int8, "
                            "B for bf16, F for fp32"),
          "▂ bf16 ▾", always, kWords, [](const LayerRow& row) { return precision_text(row.sums); },
          [](const LayerRow& row) { return QVariant(precision_text(row.sums)); }, false, true},
      LayerColumn{
          "damage", QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Damage"),
          QT_TRANSLATE_NOOP(
              "octet::ui::LayerColumn",
              "What this layer alone does to the output as int8, as a sensitivity study measured it: of mel, "
              "spectrum, speech tokens or voice, by its component. Of a path: its int8 layers together, the "
              "root of the sum of their squares. Grey: what it would do, as nothing of it is int8 now. The "
              "bar: from the least to the most of the component, by orders of size"),
          "0.088 %", asked, kNumbers, damage_cell,
          [](const LayerRow& row) { return QVariant(row.sums.damage); }},
      LayerColumn{"bytes", QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Bytes"),
                  QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Under this plan, scales included"), "888.8 MB",
                  with_room, kNumbers,
                  [](const LayerRow& row) { return bytes_text(static_cast<double>(row.sums.bytes)); },
                  [](const LayerRow& row) { return QVariant(qulonglong(row.sums.bytes)); }},
      LayerColumn{
          "snr", QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "SNR"),
          QT_TRANSLATE_NOOP(
              "octet::ui::LayerColumn",
              "Of the weight as this plan makes it int8, or plainly rounded where it does not, against "
              "the exact one; none of layers made with a calibration, which serves their output instead"),
          "88.8 dB", with_room, kNumbers, snr_text, [](const LayerRow& row) { return QVariant(row.snr); }},
      LayerColumn{"type", QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Type"),
                  QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "What PyTorch calls the module"),
                  "ConvTranspose1d", with_room, kWords, type_text,
                  [](const LayerRow& row) { return QVariant(type_text(row)); }, true},
      LayerColumn{"shape", QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Shape"),
                  QT_TRANSLATE_NOOP("octet::ui::LayerColumn",
                                    "Of the weight, output channels first (second for ConvTranspose1d)"),
                  "1024 × 1024 × 3", with_room, kWords, shape_text,
                  [](const LayerRow& row) { return QVariant(shape_text(row)); }, true},
      LayerColumn{"parameters", QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Params"),
                  QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Values held by the layer"), "888.8 M",
                  with_room, kNumbers,
                  [](const LayerRow& row) { return count_text(static_cast<double>(row.sums.parameters)); },
                  [](const LayerRow& row) { return QVariant(qlonglong(row.sums.parameters)); }},
  };
  return table;
}

}  // namespace octet::ui
