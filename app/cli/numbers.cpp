#include "app/cli/numbers.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <sstream>
#include <system_error>

namespace octet::cli {
namespace {

/// The number that all of `text` spells.
template <typename Number>
std::optional<Number> number_of(const std::string& text) {
  Number number{};
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

std::string range(const auto& least, const auto& most) {
  std::ostringstream text;
  text << least << " … " << most;
  return text.str();
}

}  // namespace

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  const auto allowed =
      range(least, most) + (most == std::numeric_limits<std::uint64_t>::max() ? " (2^64 - 1)" : "");
  const auto check = [=](const std::string& text) -> std::string {
    const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    const bool leading_zero = text.size() > 1 && text.front() == '0';
    if (const auto number = number_of<std::uint64_t>(text);
        number && digits && !leading_zero && *number >= least && *number <= most)
      return {};
    return "\"" + text + "\" is none of the whole numbers " + allowed + ", in decimal digits";
  };
  return {check, allowed};
}

CLI::Validator decimal_number(double least, double most) {
  const auto allowed = range(least, most);
  const auto check = [=](const std::string& text) -> std::string {
    if (const auto number = number_of<double>(text); number && *number >= least && *number <= most) return {};
    return "\"" + text + "\" is no number from " + allowed;
  };
  return {check, allowed};
}

}  // namespace octet::cli
