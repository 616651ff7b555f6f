#pragma once

#include <string_view>

namespace octet {

/// By how much two takes of one clip, of one plan under other noise, differ by chance in what a measure says
/// of each against a third: the standard deviation, in the measure's unit, of the size where nearer zero is
/// better. Measured on the demo voice (tests/study/make_take_spread.py): of 72 pairs of takes one was beyond
/// the other by more than spreads_to_tell in 5, and without that in all. Throws Error(usage) where there is
/// no such measure.
double take_spread(std::string_view measure);

/// By how many spreads one clip has to be worse than its floor, one other take, before that is told from
/// chance. Where so many `scores` are looked at, one at least is beyond by chance with a probability of
/// `error` (0 … 1, not included) at most (Bonferroni): the quantile of a normal distribution.
double spreads_to_tell(double error, int scores);

}  // namespace octet
