#include "ui/model_tree/layer_column.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>
#include <algorithm>
#include <array>
#include <cmath>

#include "ui/language/symbols.h"
#include "ui/model_tree/layer_paint.h"
#include "ui/model_tree/method_menu.h"
#include "ui/model_tree/method_text.h"
#include "ui/model_tree/precision_menu.h"

namespace octet::ui {
namespace {

QString scaled(double value, const char* const (&units)[4]) {
  int step = 0;
  while (step < 3 && value >= 999.5) {
    value /= 1000;
    ++step;
  }
  const int decimals = step == 0 || value >= 99.95 ? 0 : 1;
  return QLocale().toString(value, 'f', decimals) + QString::fromUtf8(units[step]);
}

QString type_text(const LayerRow& row) {
  return row.layer ? QString::fromUtf8(to_string(row.layer->type)) : QString();
}

QString snr_text(const LayerRow& row) {
  return std::isnan(row.snr) ? QString() : with_unit(static_cast<double>(row.snr), 1, "dB");
}

/// A cell has no room for the digits of what is next to nothing; the row's tool tip has them.
QString damage_cell(const LayerRow& row) {
  return row.sums.damage > 0 && row.sums.damage < kNextToNoDamage ? QStringLiteral("≈ 0\u202f%")
                                                                  : damage_text(row.sums.damage);
}

QString methods_text(const LayerRow& row) {
  const auto& methods = row.sums.methods;
  if (methods.size() > 1) return QCoreApplication::translate("octet::ui::LayerColumn", "mixed");
  return methods.empty() ? QString() : *methods.begin();
}

QString name_and_precision(const LayerRow& row) {
  return QStringLiteral("%1 %2").arg(row.label, precision_text(row.sums)).trimmed();
}

LayerColumn::Place is_always_there(const LayerSums&) { return LayerColumn::Place::always; }

LayerColumn::Place is_wanted_once_studied(const LayerSums& all) {
  return std::isnan(all.damage) ? LayerColumn::Place::empty : LayerColumn::Place::wanted;
}

/// Where all int8 is made as it is unless somebody asks for more, that is next to nothing to know.
LayerColumn::Place is_wanted_of_methods(const LayerSums& all) {
  static const auto plain = method_text({.storage = Precision::int8});
  const auto is_other = [](const QString& method) { return method != plain; };
  return std::ranges::any_of(all.methods, is_other) ? LayerColumn::Place::wanted
                                                    : LayerColumn::Place::with_room;
}

bool is_always_muted(const LayerRow&) { return true; }

}  // namespace

QString count_text(double count) { return scaled(count, {"", "\u202fk", "\u202fM", "\u202fG"}); }
QString shape_text(const Layer& layer) {
  if (layer.tensors.empty()) return {};
  QStringList sizes;
  for (const auto size : layer.tensors.front().shape) sizes << QString::number(size);
  return sizes.join(QStringLiteral(" × "));
}

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

namespace {

const std::array kColumns{
    LayerColumn{.id = "name",
                .title = QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Layer"),
                .meaning = QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Module path in the model"),
                .place = is_always_there,
                .text = [](const LayerRow& row) { return row.label; },
                .spoken = name_and_precision,
                .heads = true,
                .paint = paint_difference},
    LayerColumn{.id = "precision",
                .title = QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Precision"),
                .meaning = QT_TRANSLATE_NOOP(
                    "octet::ui::LayerColumn",
                    "Of the weight, under this plan. Click to change it, or press I for int8, "
                    "B for bf16, F for fp32"),
                .widest = "▂ bf16 ▾",
                .place = is_always_there,
                .text = [](const LayerRow& row) { return precision_text(row.sums); },
                .paint = paint_precision,
                .paints_text = true,
                .offer = fill_precision_menu},
    LayerColumn{
        .id = "damage",
        .title = QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Damage"),
        .meaning = QT_TRANSLATE_NOOP(
            "octet::ui::LayerColumn",
            "What this layer alone does to the output as int8, in per cent, as a sensitivity study measured "
            "it: of mel, spectrum, speech tokens or voice, by its component. Of a path: its int8 layers "
            "together, the root of the sum of their squares. Grey: what it would do, as nothing of it is "
            "int8 now. The bar: the same number by orders of size, on one scale in the whole tree"),
        .unit = "%",
        .widest = "0.088 %",
        .alignment = kNumbers,
        .place = is_wanted_once_studied,
        .text = damage_cell,
        .value = [](const LayerRow& row) { return QVariant(row.sums.damage); },
        .muted = [](const LayerRow& row) { return !row.sums.damaged; },  // it is not done
        .paint = paint_heat},
    LayerColumn{.id = "bytes",
                .title = QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Bytes"),
                .meaning = QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Under this plan, scales included"),
                .widest = "888.8 MB",
                .alignment = kNumbers,
                .text = [](const LayerRow& row) { return bytes_text(static_cast<double>(row.sums.bytes)); },
                .value = [](const LayerRow& row) { return QVariant(qulonglong(row.sums.bytes)); }},
    LayerColumn{
        .id = "snr",
        .title = QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "int8 SNR"),
        .meaning = QT_TRANSLATE_NOOP(
            "octet::ui::LayerColumn",
            "Of the weight as this plan makes it int8, or plainly rounded where it does not, against "
            "the exact one; none of layers made with a calibration, which serves their output instead"),
        .widest = "88.8 dB",
        .alignment = kNumbers,
        .text = snr_text,
        .value = [](const LayerRow& row) { return QVariant(row.snr); }},
    LayerColumn{.id = "method",
                .title = QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Method"),
                .meaning = QT_TRANSLATE_NOOP("octet::ui::LayerColumn",
                                             "How this plan makes the weight int8, with its settings. "
                                             "Click to choose another"),
                .widest = "dynamic scales=token",
                .place = is_wanted_of_methods,
                .text = methods_text,
                .offer = fill_method_menu},
    LayerColumn{.id = "type",
                .title = QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Type"),
                .meaning = QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "What PyTorch calls the module"),
                .widest = "ConvTranspose1d",
                .text = type_text,
                .muted = is_always_muted},
    LayerColumn{
        .id = "shape",
        .title = QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Shape"),
        .meaning = QT_TRANSLATE_NOOP("octet::ui::LayerColumn",
                                     "Of the weight, output channels first (second for ConvTranspose1d)"),
        .widest = "1024 × 1024 × 3",
        .text = [](const LayerRow& row) { return row.layer ? shape_text(*row.layer) : QString(); },
        .muted = is_always_muted},
    LayerColumn{
        .id = "parameters",
        .title = QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Params"),
        .meaning = QT_TRANSLATE_NOOP("octet::ui::LayerColumn", "Values held by the layer"),
        .widest = "888.8 M",
        .alignment = kNumbers,
        .text = [](const LayerRow& row) { return count_text(static_cast<double>(row.sums.parameters)); },
        .value = [](const LayerRow& row) { return QVariant(qlonglong(row.sums.parameters)); }},
};

}  // namespace

std::span<const LayerColumn> layer_columns() { return kColumns; }

}  // namespace octet::ui
