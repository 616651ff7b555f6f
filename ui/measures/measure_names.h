#pragma once

#include <QString>

#include "core/metrics/table.h"

namespace octet::ui {

/// As core names it, in no language but its own.
QString text(std::string_view of_core);

/// The heading of its measures.
QString title(MeasureGroup group);

/// Of a report's floors, in its order: `reference` under other noise, then bf16.
QString floor_name(std::size_t floor, const QString& reference);

/// A name for a narrow column; the whole one is in the tooltip.
QString short_name(const Measure& measure);
QString short_name_with_unit(const Measure& measure);
QString name_with_unit(const Measure& measure);

/// Name, definition and what is better, as rich text.
QString explained(const Measure& measure);

}  // namespace octet::ui
