#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace octet {

/// A way to store a layer that takes less than the base does.
struct Saving {
  std::size_t layer = 0;    ///< of which at most one way is chosen
  double cost = 0;          ///< 0 or more
  std::uint64_t bytes = 0;  ///< saved, more than 0
};

// The multiple-choice knapsack (Kellerer, Pferschy and Pisinger, Knapsack Problems, 2004, ch. 11). Its linear
// relaxation is solved exactly by the steps between the efficient ways of each layer, those on the convex
// hull, the cheapest byte first (Zemel 1980); it takes at most one of them in part. Whole choices are then
// searched by how much they lose against the relaxation (reduced costs), until none can lose less.

/// What is chosen, by index, ascending.
struct Choices {
  std::vector<std::size_t> chosen;
  double cost = 0;
  std::uint64_t bytes = 0;
  /// By what share of its cost, or of its bytes, a better choice could be better at most; 0: there is none.
  /// Else the search ended before it had seen all.
  double gap = 0;
};

/// The ways that save `bytes` at least at the least cost; none where all of them together save less.
std::optional<Choices> least_cost(std::span<const Saving> savings, std::uint64_t bytes);

/// Where the relaxation is whole, from nothing to what saves the most, in the order of bytes: no other choice
/// saves as many bytes at less cost.
std::vector<Choices> efficient_choices(std::span<const Saving> savings);

/// The ways that save the most bytes at a cost of `cost` at most.
Choices most_bytes(std::span<const Saving> savings, double cost);

}  // namespace octet
