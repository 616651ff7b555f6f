#include "core/quant/option_values.h"

#include <algorithm>

namespace octet {

using nlohmann::json;

json OptionValues::object(std::string_view text) const {
  if (text.empty()) return json::object();
  auto object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) refuse("they are not a JSON object");
  return object;
}

double OptionValues::number(const std::string& key, const json& value, double least, double most) const {
  const double number = value.is_number() ? value.get<double>() : least - 1;
  if (number >= least && number <= most) return number;
  refuse(fmt::format("{} is {}", key, value.dump()));
}

std::int64_t OptionValues::whole(const std::string& key, const json& value, std::int64_t least,
                                 std::int64_t most) const {
  if (value.is_number_integer() && value >= least && value <= most) return value.get<std::int64_t>();
  refuse(fmt::format("{} is {}", key, value.dump()));
}

std::int64_t OptionValues::group(const json& value) const {
  for (const std::int64_t group : {0, 32, 64, 128})
    if (value == group) return group;
  refuse(fmt::format("group is {}", value.dump()));
}

std::string OptionValues::sha256(const std::string& key, const json& value) const {
  constexpr std::size_t kDigits = 64;
  const auto text = value.is_string() ? value.get<std::string>() : std::string();
  if (text.size() == kDigits && text.find_first_not_of("0123456789abcdef") == std::string::npos) return text;
  refuse(fmt::format("{} is {}", key, value.dump()));
}

}  // namespace octet
