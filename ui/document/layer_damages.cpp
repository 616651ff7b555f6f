#include "ui/document/layer_damages.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/study/sensitivity_file.h"

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
  if (!least.empty())
    made.warnings.push_back(name + " has " + std::to_string(least.size()) +
                            " layers that this checkpoint has not, such as " + least.begin()->first);
  if (study.entries > study.layers.size())
    made.warnings.push_back(std::to_string(study.entries - study.layers.size()) + " layers of " + name +
                            " are not measured yet");
  const auto& shard = study.subject.question.shard;
  if (shard.parts > 1)
    made.warnings.push_back(name + " is shard " + std::to_string(shard.part) + " of " +
                            std::to_string(shard.parts) + ": nothing is known of the other layers");
  if (study.subject.question.fast)
    made.warnings.push_back("the damages of " + name + " are estimated, not measured");
  return made;
}

ShownStudy read_study(const std::filesystem::path& file, const Checkpoint& checkpoint) {
  auto study = std::make_shared<const Sensitivity>(read_sensitivity(file, checkpoint));
  const auto name = file.filename().string();
  auto layers = layer_damages(*study, name, checkpoint);
  return {name, std::move(study), std::move(layers)};
}

}  // namespace octet::ui
