#include "core/checkpoint/unused_tensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace octet {
namespace {

/// The name with every number replaced by one sign.
std::string kind_of(std::string_view name) {
  std::string kind;
  for (const char c : name) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit)
      kind += c;
    else if (!kind.ends_with('#'))
      kind += '#';
  }
  return kind;
}

bool is_of_lora(std::string_view name) {
  return name.find("lora_") != std::string_view::npos || name.find(".lora.") != std::string_view::npos;
}

std::string tensors(std::size_t count) { return fmt::format("{} tensor{}", count, count == 1 ? "" : "s"); }

}  // namespace

SurplusTest::SurplusTest(const std::set<std::string_view>& used, const LayerTable& layers) {
  for (const auto name : used) kinds_.insert(kind_of(name));
  for (const auto& layer : layers) layers_.insert(layer.name);
}

bool SurplusTest::operator()(std::string_view name) const {
  if (is_of_lora(name)) return false;
  if (kinds_.contains(kind_of(name))) return true;
  for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1))
    if (layers_.contains(name.substr(0, dot))) return true;
  return false;
}

std::vector<std::string> unused_warnings(const std::vector<std::string>& names) {
  std::vector<std::string> lora, others, warnings;
  for (const auto& name : names) (is_of_lora(name) ? lora : others).push_back(name);
  constexpr std::size_t kShown = 3;
  if (!lora.empty())
    warnings.push_back(
        fmt::format("{} of a LoRA {} not used ({}): this is the model without it; to have it, merge it into "
                    "the weights first",
                    tensors(lora.size()), lora.size() == 1 ? "is" : "are", first_of(lora, kShown)));
  if (!others.empty())
    warnings.push_back(fmt::format("{} {} not used: {}", tensors(others.size()),
                                   others.size() == 1 ? "is" : "are", first_of(others, kShown)));
  return warnings;
}

std::string first_of(const std::vector<std::string>& names, std::size_t shown) {
  const auto first = std::span(names).first(std::min(names.size(), shown));
  const auto rest = names.size() - first.size();
  return fmt::format("{}{}", fmt::join(first, ", "), rest > 0 ? fmt::format(" and {} more", rest) : "");
}

}  // namespace octet
