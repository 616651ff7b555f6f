#include "core/metrics/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace octet {
namespace {

/// Characters, not bytes: those that do not continue a UTF-8 sequence.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

}  // namespace

std::string align_columns(const std::vector<std::vector<std::string>>& rows, std::size_t left_columns) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], width(row[column]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      const std::string blanks(widths[column] - width(row[column]), ' ');
      if (column > 0) line += "  ";
      line += column < left_columns ? row[column] + blanks : blanks + row[column];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string format_value(const Measure& measure, double value) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, measure.decimals) : "-";
}

MeasureTable::MeasureTable(const std::vector<std::string>& columns) : rows_{{"measure", "unit", "better"}} {
  rows_[0].insert(rows_[0].end(), columns.begin(), columns.end());
}

void MeasureTable::add(const Measure& measure, const std::vector<std::string>& values) {
  if (group_ != measure.group) rows_.push_back({std::string(to_string(measure.group))});
  group_ = measure.group;
  std::vector<std::string> row{"  " + std::string(measure.name), std::string(measure.unit),
                               std::string(to_string(measure.better))};
  row.insert(row.end(), values.begin(), values.end());
  rows_.push_back(std::move(row));
}

}  // namespace octet
