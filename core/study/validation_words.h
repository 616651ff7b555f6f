#pragma once

#include <string>
#include <vector>

#include "core/study/validation.h"

namespace octet {

/// What verdicts come to in words, the same in table, report and model card.

/// How far a verdict reaches.
struct Reach {
  std::size_t measures = 0;         ///< that say it; of "listen" those that are undecided
  std::vector<std::string> untold;  ///< ids of those that its clips cannot tell by; of what is broken none
};

Reach reach_of(const Judgement& judgement);

/// A verdict and its reach in one sentence without its end, whose first clause, up to "; ", is the verdict:
/// "no audible change expected, by 18 of 20 measures; pitch difference and voicing error cannot be told by
/// these clips".
std::string verdict_said(const Judgement& judgement);

/// For each verdict but broken that several plans of different sizes have, which of them is the smallest, in
/// a sentence. The control is none of them.
std::vector<std::string> smallest_said(const Validation& validation);

/// That two draws of noise already differ too much for what plans change by the threshold of this index, and
/// by how much: "two draws of noise already differ by 201.7 cents, so that …"; empty where all is told. The
/// control is left out.
std::string not_told_apart(const Validation& validation, std::size_t threshold);

}  // namespace octet
