#include "ui/risks/risk_words.h"

#include <algorithm>
#include <cmath>

#include "ui/csv.h"
#include "ui/language/symbols.h"
#include "ui/model_tree/layer_place.h"

namespace octet::ui {
namespace risk_words {

QString number(double value, int decimals) {
  return std::isfinite(value) ? QLocale().toString(value, 'f', decimals) : QStringLiteral("–");
}

QString percent(double share) {
  if (std::isinf(share)) return tr("not finite");
  if (!std::isfinite(share)) return QStringLiteral("–");
  return with_unit(QLocale().toString(100 * share, 'g', 3), "%");
}

RiskBlame blame(const std::string& part, const QString& error) { return {part, place_in_words(part), error}; }

std::vector<RiskBlame> blames(const std::vector<BlamedPart>& blamed) {
  std::vector<RiskBlame> made;
  made.reserve(blamed.size());
  for (const auto& [part, error] : blamed) made.push_back(blame(part, percent(error)));
  return made;
}

RiskPlot bars(const QStringList& names, const std::vector<double>& plan, const std::vector<double>& bf16) {
  RiskPlot plot;
  std::vector<double> places;
  for (int i = 0; i < names.size(); ++i) {
    places.push_back(i);
    plot.x.names.emplace_back(i, names[i]);
  }
  plot.series = {{tr("the plan"), RiskRole::plan, RiskSeries::Form::bars, places, plan},
                 {QStringLiteral("bf16"), RiskRole::floor, RiskSeries::Form::bars, places, bf16}};
  return plot;
}

}  // namespace risk_words

RiskPicture picture_of(const Risk& risk) {
  auto picture = std::visit([](const auto& found) { return risk_words::picture_of(found); }, risk);
  picture.title = risk_titles().at(static_cast<qsizetype>(risk.index()));
  return picture;
}

QStringList risk_titles() {
  using risk_words::tr;
  return {tr("Euler steps"),   tr("Inverse STFT"), tr("Snake"),
          tr("Speaker drift"), tr("Noise floor"),  tr("Pitch and phase")};
}

QString to_csv(const RiskPicture& picture) {
  QString text = QStringLiteral("plot,series,x,y\n");
  const auto exact = [](double value) {
    return std::isfinite(value) ? QString::number(value, 'g', 17) : QString();
  };
  for (const auto& plot : picture.plots)
    for (const auto& series : plot.series)
      for (std::size_t i = 0; i < series.x.size(); ++i) {
        const auto named = std::ranges::find(plot.x.names, series.x[i], &std::pair<double, QString>::first);
        text += csv_quoted(plot.title) + ',' + csv_quoted(series.name) + ',' +
                (named == plot.x.names.end() ? exact(series.x[i]) : csv_quoted(named->second)) + ',' +
                exact(series.y[i]) + '\n';
      }
  return text;
}

}  // namespace octet::ui
