#include "ui/model_tree/layer_detail.h"

#include <QStringList>

#include "core/quant/methods.h"
#include "ui/language/tr.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

QString row_text(const QString& name, const QString& value) {
  return QStringLiteral("<tr><td style='color:%1'>%2&nbsp;&nbsp;</td><td>%3</td></tr>")
      .arg(colours().muted.name(), name.toHtmlEscaped(), value.toHtmlEscaped());
}

/// How it is made int8, the hash of a calibration left out.
QString method_text(const Recipe& recipe) {
  const auto& traits = traits_of(recipe.method);
  const auto options = traits.calibrated ? traits.calibrated(recipe.options, {}) : recipe.options;
  return QString::fromStdString(to_string(MethodVariant{recipe.method, options}));
}

}  // namespace

QString layer_detail(const QString& kind, const Layer& layer, const Resolution& resolution) {
  const auto module = layer.weight_normed ? tr("%1, weight norm folded").arg(kind) : kind;
  auto done = QString::fromUtf8(to_string(resolution.effective.storage));
  if (resolution.effective.storage == Precision::int8)
    done = tr("%1 %2, %3 output channels (axis %4)")
               .arg(done, method_text(resolution.effective))
               .arg(layer.weight().shape[static_cast<std::size_t>(layer.scale_axis())])
               .arg(layer.scale_axis());
  if (resolution.requested.storage != resolution.effective.storage)
    done = tr("%1 (requested %2)").arg(done, QString::fromUtf8(to_string(resolution.requested.storage)));
  const QStringList rows{row_text(tr("Layer"), module), row_text(tr("Precision"), done),
                         row_text(tr("Why"), QString::fromStdString(resolution.reason))};
  return QStringLiteral("<table cellspacing=0>%1</table>").arg(rows.join(QString()));
}

}  // namespace octet::ui
