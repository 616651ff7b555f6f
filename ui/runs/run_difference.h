#pragma once

#include <QString>

#include "ui/runs/run.h"

namespace octet::ui {

/// What a run of a clip was asked for otherwise than another one, in words: "12 layers otherwise and noise
/// seed 3".
QString difference_in_words(const Run& run, const Run& other);

}  // namespace octet::ui
