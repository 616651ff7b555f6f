#include "core/study/risk_texts.h"

#include <fmt/format.h>

#include "core/metrics/text_table.h"

namespace octet::risk_texts {

std::string finished(const char* risk, const Json& figures) {
  Json json{{"format", "octet-risk"}, {"version", 1}, {"risk", risk}};
  json.update(figures);
  // Names of clips need not be UTF-8.
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string percent(double share) { return fmt::format("{:.3f} %", 100 * share); }

Json blamed_json(const std::vector<BlamedPart>& blamed) {
  auto parts = Json::array();
  for (const auto& [part, error] : blamed) parts.push_back({{"part", part}, {"error", error}});
  return parts;
}

std::string blamed_table(const std::vector<BlamedPart>& blamed) {
  if (blamed.empty()) return "";
  Rows rows{{"most to blame", "error alone"}};
  for (const auto& [part, error] : blamed) rows.push_back({part, fmt::format("{:.3g} %", 100 * error)});
  return fmt::format("\n{}", align_columns(rows, 1));
}

}  // namespace octet::risk_texts
