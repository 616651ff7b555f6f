#include "ui/study/layer_scope.h"

#include <algorithm>
#include <map>
#include <set>

#include "ui/language/tr.h"

namespace octet::ui {
namespace {

/// How many layers below a path can be rounded, and how many of them are meant.
struct Below {
  int all = 0;
  int meant = 0;
};

std::vector<std::string> roundable(const LayerTable& table) {
  std::vector<std::string> names;
  for (const auto& layer : table)
    if (layer.quantizable()) names.push_back(layer.name);
  return names;
}

}  // namespace

std::string glob_of(const LayerTable& table, const std::vector<std::string>& names) {
  const std::set<std::string> meant(names.begin(), names.end());
  std::map<std::string, Below> paths;  // with the dot behind; the first is the root
  const auto each_path = [](const std::string& name, const auto& use) {
    for (auto dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1))
      if (use(name.substr(0, dot + 1))) return;
  };
  for (const auto& name : roundable(table))
    each_path(name, [&](const std::string& path) {
      auto& below = paths[path];
      ++below.all;
      below.meant += meant.contains(name) ? 1 : 0;
      return false;
    });
  std::vector<std::string> words;
  for (const auto& name : names) {
    auto word = name;
    each_path(name, [&](const std::string& path) {
      const auto& below = paths.at(path);
      if (below.all != below.meant || below.all == 1) return false;
      word = path + '*';
      return true;
    });
    if (std::ranges::find(words, word) == words.end()) words.push_back(word);
  }
  if (words.size() == 1) return words.front();
  std::string glob = "{";
  for (const auto& word : words) glob += (glob.size() == 1 ? "" : ",") + word;
  return glob + "}";
}

std::vector<LayerScope> layer_scopes(const LayerTable& table, const std::vector<std::string>& shown) {
  const auto all = roundable(table);
  std::vector<LayerScope> scopes{{tr("all layers"), "*", static_cast<int>(all.size())}};
  for (const auto& name : all) {
    const auto component = name.substr(0, name.find('.'));
    const auto known = std::ranges::find(scopes, component + ".*", &LayerScope::glob);
    if (known == scopes.end())
      scopes.push_back({QString::fromStdString(component), component + ".*", 1});
    else
      ++known->layers;
  }
  if (!shown.empty())
    scopes.push_back(
        {tr("those that the tree shows"), glob_of(table, shown), static_cast<int>(shown.size()), true});
  return scopes;
}

}  // namespace octet::ui
