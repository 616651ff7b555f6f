#pragma once

#include <QString>

#include "core/metrics/blind_test.h"

namespace octet::ui {

/// What came of a test, in sentences. That sounds are alike is never said: no test shows that.
QString result_of(const BlindTest& test);

/// The same where there is room for a few words: "Blind test: 9 of 12, p = 0.073".
QString cited(const BlindTest& test);

}  // namespace octet::ui
