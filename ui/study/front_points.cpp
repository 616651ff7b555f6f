#include "ui/study/front_points.h"

#include <QLocale>
#include <QStringList>
#include <algorithm>
#include <map>

#include "ui/language/sentences.h"
#include "ui/language/tr.h"

namespace octet::ui {
namespace {

/// Enough that a click finds one where it wants it, and that the arrow keys get anywhere.
constexpr std::size_t kMostOfFront = 40;

/// What sets one automatic plan apart from the next: "automatic (flow 84, mel2wav 58)", layers by component.
QString automatic_name(const PrecisionPlan& plan) {
  std::map<std::string, int> layers;
  for (const auto& [layer, precision] : plan.layers) ++layers[layer.substr(0, layer.find('.'))];
  if (layers.empty()) return tr("the base");
  QStringList parts;
  for (const auto& [component, count] : layers)
    parts << QStringLiteral("%1 %2").arg(QString::fromStdString(component), QLocale().toString(count));
  return tr("automatic (%1)").arg(listed(parts));
}

FrontPoint point_of(FrontPoint::Kind kind, const QString& name, const AutoPlan& made) {
  const auto int8 = std::ranges::count_if(
      made.plan.layers, [](const auto& layer) { return layer.second.precision == Precision::int8; });
  return {kind,
          name,
          made.plan,
          {made.bytes, made.predicted, made.plan.layers.size(), 0, static_cast<std::size_t>(int8)}};
}

}  // namespace

std::vector<FrontPoint> front_points(const PlanMaker& maker, Precision base, const JobControl& control) {
  std::vector<FrontPoint> points;
  for (const auto& made : maker.front(kMostOfFront, control))
    points.push_back(point_of(FrontPoint::Kind::automatic, automatic_name(made.plan), made));
  for (const auto* name : {"seed", "all-int8"}) {
    const auto plan = preset(name, base, /*include_tokenizer=*/false);
    points.push_back(
        {FrontPoint::Kind::preset,
         tr("%1 over %2").arg(QLatin1String(name), QString::fromStdString(std::string(to_string(base)))),
         plan, maker.foretold(maker.resolved(plan))});
  }
  return points;
}

std::vector<FrontPoint> slot_points(const PlanMaker& maker, const std::vector<SlotPlan>& plans) {
  std::vector<FrontPoint> points;
  points.reserve(plans.size());
  for (const auto& [name, plan] : plans)
    points.push_back({FrontPoint::Kind::slot, tr("%1: %2").arg(name, QString::fromStdString(plan.plan.name)),
                      plan.plan, maker.foretold(plan), static_cast<int>(points.size())});
  return points;
}

FrontPoint asked_point(const PlanMaker& maker, const PlanBudget& budget) {
  return point_of(FrontPoint::Kind::asked, tr("as asked"), maker.under(budget));
}

void sort_by_size(std::vector<FrontPoint>& points) {
  std::ranges::stable_sort(points, {}, [](const FrontPoint& point) { return point.foretold.bytes; });
}

}  // namespace octet::ui
