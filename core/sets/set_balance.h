#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/sets/reference_set.h"

namespace octet {

/// How many clips, and how much sound, there is of something.
struct Share {
  std::string what;
  int clips = 0;
  double seconds = 0;
};

/// What a set is made of. Each list is sorted by name; clips of which it is not known are "?", at the end.
struct SetBalance {
  Share all;
  std::vector<Share> speakers, languages, licences;
  std::vector<Share> tags;         ///< kClipTags, all of them, and "" for clips without any
  std::vector<std::string> lacks;  ///< what the set cannot tell, a sentence each
};

SetBalance balance_of(const ReferenceSet& set);
/// As aligned text.
std::string to_table(const SetBalance& balance);

}  // namespace octet
