#pragma once

#include <QString>
#include <string>

namespace octet::ui {

/// What a layer or path is in the model, in words: "query of self-attention, transformer block 3, middle
/// stage 7". Numbers are those of its name. Empty where upstream's model has no such place.
QString place_in_words(const std::string& path);

/// The way there: "flow › decoder › estimator".
QString breadcrumb(const std::string& path);

}  // namespace octet::ui
