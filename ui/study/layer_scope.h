#pragma once

#include <QString>
#include <string>
#include <vector>

#include "core/tensor/layer.h"

namespace octet::ui {

/// Some layers of a checkpoint that a study may be of.
struct LayerScope {
  QString name;        ///< in words for a person
  std::string glob;    ///< over layers' names
  int layers = 0;      ///< whose weights can be rounded
  bool shown = false;  ///< those that a tree shows alone
};

/// A glob that of the layers whose weights can be rounded matches these, by name, and no others: as few words
/// as paths allow.
std::string glob_of(const LayerTable& table, const std::vector<std::string>& names);

/// All layers, those of each component, and `shown`, where a tree shows some alone.
std::vector<LayerScope> layer_scopes(const LayerTable& table, const std::vector<std::string>& shown);

}  // namespace octet::ui
