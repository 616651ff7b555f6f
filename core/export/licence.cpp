#include "core/export/licence.h"

#include <array>

namespace octet {

std::string licence_of(const std::map<std::string, std::string>& metadata) {
  constexpr std::array kKeys{"license", "licence", "modelspec.license"};
  for (const auto* key : kKeys)
    if (const auto found = metadata.find(key); found != metadata.end()) return found->second;
  return {};
}

}  // namespace octet
