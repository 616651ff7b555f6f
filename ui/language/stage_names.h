#pragma once

#include <QString>
#include <string>

namespace octet::ui {

/// Of a stage of core's work (core/progress.h), in the person's language; as core says it where it is not
/// known.
QString stage_in_words(const std::string& stage);

}  // namespace octet::ui
