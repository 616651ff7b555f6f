#include "ui/model_tree/layer_detail.h"

#include <QStringList>

#include "ui/language/tr.h"
#include "ui/model_tree/layer_column.h"
#include "ui/model_tree/method_text.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

QString row_text(const QString& name, const QString& value) {
  return QStringLiteral("<tr><td style='color:%1'>%2&nbsp;&nbsp;</td><td>%3</td></tr>")
      .arg(colours().muted.name(), name.toHtmlEscaped(), value.toHtmlEscaped());
}

}  // namespace

QString layer_detail(const Layer& layer, const Resolution& resolution) {
  const auto kind = QStringLiteral("%1  %2").arg(QString::fromUtf8(to_string(layer.type)), shape_text(layer));
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
