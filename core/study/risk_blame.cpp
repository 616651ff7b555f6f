#include "core/study/risk_blame.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/plan/plan.h"

namespace octet {
namespace {

constexpr std::size_t kBlamed = 5;

}  // namespace

std::string part_of(std::string_view layer) {
  constexpr std::string_view kDigits = "0123456789";
  for (auto dot = layer.find('.'); dot != layer.npos; dot = layer.find('.', dot + 1))
    if (dot > 0 && kDigits.find(layer[dot - 1]) != kDigits.npos) return std::string(layer.substr(0, dot));
  return std::string(layer);
}

std::vector<BlamedPart> blame(const RiskModels& models, std::string_view scope, const JobControl& control,
                              const std::function<double(const BoundModel&)>& error) {
  const auto& layers = models.engine.checkpoint().layers();
  const auto& exact = resolved_plan(*models.reference);
  const auto& rounded = resolved_plan(*models.plan);
  std::map<std::string, std::vector<std::size_t>> parts;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].name.starts_with(scope) && rounded.layers[i].effective != exact.layers[i].effective)
      parts[part_of(layers[i].name)].push_back(i);
  std::vector<BlamedPart> blamed;
  int done = 0;
  for (const auto& [part, members] : parts) {
    control.at({"layers to blame", done++, static_cast<int>(parts.size())});
    auto mixed = exact;
    mixed.calibration = rounded.calibration;
    for (const auto i : members) mixed.layers[i] = rounded.layers[i];
    const double made = error(*models.engine.bind(mixed));
    // What is not finite is the worst there is.
    if (made != 0)
      blamed.push_back({part, std::isnan(made) ? std::numeric_limits<double>::infinity() : made});
  }
  std::ranges::stable_sort(blamed, std::greater<>(), &BlamedPart::error);
  blamed.resize(std::min(blamed.size(), kBlamed));
  return blamed;
}

}  // namespace octet
