#include "ui/document/layer_damages.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/study/sensitivity_file.h"
#include "ui/language/tr.h"

namespace octet::ui {

LayerDamages layer_damages(const Sensitivity& study, const std::string& name, const Checkpoint& checkpoint) {
  std::map<std::string, float> least;
  for (const auto& entry : study.layers) {
    auto& damage = least.try_emplace(entry.layer, std::nanf("")).first->second;
    damage = std::fmin(damage, static_cast<float>(entry.damage));
  }
  LayerDamages made;
  for (const auto& layer : checkpoint.layers()) {
    const auto found = least.find(layer.name);
    made.damages.push_back(found == least.end() ? std::nanf("") : found->second);
    if (found != least.end()) least.erase(found);
  }
  const auto of = QString::fromStdString(name);
  const auto warn = [&made](const QString& text) { made.warnings.push_back(text.toStdString()); };
  if (!least.empty())
    warn(tr("%1 has %n layers that this checkpoint has not, such as %2", nullptr,
            static_cast<int>(least.size()))
             .arg(of, QString::fromStdString(least.begin()->first)));
  if (study.entries > study.layers.size())
    warn(tr("%n layers of %1 are not measured yet", nullptr,
            static_cast<int>(study.entries - study.layers.size()))
             .arg(of));
  const auto& shard = study.subject.question.shard;
  if (shard.parts > 1)
    warn(tr("%1 is shard %2 of %3: nothing is known of the other layers")
             .arg(of)
             .arg(shard.part)
             .arg(shard.parts));
  if (study.subject.question.fast) warn(tr("the damages of %1 are estimated, not measured").arg(of));
  return made;
}

ShownStudy read_study(const std::filesystem::path& file, const Checkpoint& checkpoint) {
  auto study = std::make_shared<const Sensitivity>(read_sensitivity(file, checkpoint));
  const auto name = file.filename().string();
  auto layers = layer_damages(*study, name, checkpoint);
  return {name, std::move(study), std::move(layers)};
}

}  // namespace octet::ui
