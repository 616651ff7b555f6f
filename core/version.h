#pragma once

namespace octet {

/// "0.1.0"
const char* version();

}  // namespace octet
