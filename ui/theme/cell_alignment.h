#pragma once

#include <Qt>

namespace octet::ui {

/// Of cells of tables.
inline constexpr Qt::Alignment kWords = Qt::AlignLeft | Qt::AlignVCenter;
inline constexpr Qt::Alignment kNumbers = Qt::AlignRight | Qt::AlignVCenter;

}  // namespace octet::ui
