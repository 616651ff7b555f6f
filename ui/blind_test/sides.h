#pragma once

#include "core/metrics/blind_test.h"
#include "ui/runs/run.h"

namespace octet::ui {

/// The run as a blind test knows it.
BlindTest::Side side_of(const Run& run);

/// Whether `run` is that side of the test: it sounds as what was heard then.
bool is_of(const BlindTest& test, const BlindTest::Side& side, const Run& run);

}  // namespace octet::ui
