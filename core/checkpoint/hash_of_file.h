#pragma once

#include <string>

#include "core/held_file.h"

namespace octet {

/// SHA-256 of all of it, in lower-case hex. Throws Error(input) as HeldFile::read does.
std::string hash_of_file(const HeldFile& file);

}  // namespace octet
