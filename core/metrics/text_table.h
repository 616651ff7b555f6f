#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics/table.h"

namespace octet {

/// Rows of cells in columns of equal width, two spaces apart: the first `left_columns` columns are aligned
/// left (text), the others right (numbers). ASCII or UTF-8; a line per row, no blanks at line ends.
std::string align_columns(const std::vector<std::vector<std::string>>& rows, std::size_t left_columns);

/// A value with its measure's decimals; "-" where it is not defined.
std::string format_value(const Measure& measure, double value);

/// A table of measures: name, unit and direction, then a value a column, under a line for each group.
class MeasureTable {
 public:
  /// `columns` are those of the values.
  explicit MeasureTable(const std::vector<std::string>& columns);

  void add(const Measure& measure, const std::vector<std::string>& values);
  std::string text() const { return align_columns(rows_, 3); }

 private:
  std::vector<std::vector<std::string>> rows_;
  std::optional<MeasureGroup> group_;
};

}  // namespace octet
