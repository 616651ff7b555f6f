#pragma once

#include <QStringList>
#include <string>

namespace octet::ui {

// How what is said is put together. What belongs into one sentence is one text for tr(), with places for
// values: other languages order their words otherwise.

/// "a, b and c", as the language of the sentence around it lists things.
QString listed(const QStringList& things);

/// Of a clip, as core gives its name and why; in UTF-8, as notices are.
std::string left_out(const std::string& name, const std::string& reason);

/// Whole sentences, one after the other; empty ones are left out.
QString sentences(const QStringList& said);

}  // namespace octet::ui
