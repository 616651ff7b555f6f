#include "core/version.h"

namespace octet {

/// core/version.cpp tells LibTorch's, too, which is not here.
const char* version() { return "threads"; }

}  // namespace octet
