#include "core/study/savings.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>

namespace octet {
namespace {

/// Choices that are looked at, at most: a second.
constexpr int kMostNodes = 2'000'000;

constexpr auto kNothing = std::numeric_limits<std::size_t>::max();

/// From one efficient way of a layer to the next, the first from the base.
struct Step {
  std::size_t to;  ///< a saving
  double cost;
  std::uint64_t bytes;

  double slope() const { return cost / static_cast<double>(bytes); }
};

/// The lower convex hull of a layer's ways over bytes, from the base at nothing.
std::vector<Step> steps_of_layer(std::span<const Saving> savings, std::vector<std::size_t> ways) {
  std::ranges::sort(ways, [&](std::size_t a, std::size_t b) {
    return std::pair(savings[a].bytes, -savings[a].cost) < std::pair(savings[b].bytes, -savings[b].cost);
  });
  std::vector<Step> steps;
  double cost = 0;
  std::uint64_t bytes = 0;
  for (const auto way : ways) {
    // What the line from the one before to this one passes below.
    while (!steps.empty()) {
      const auto& last = steps.back();
      const double cost_before = cost - last.cost;
      const auto bytes_before = bytes - last.bytes;
      if (last.cost * static_cast<double>(savings[way].bytes - bytes_before) <
          (savings[way].cost - cost_before) * static_cast<double>(last.bytes))
        break;
      cost = cost_before;
      bytes = bytes_before;
      steps.pop_back();
    }
    steps.push_back({way, savings[way].cost - cost, savings[way].bytes - bytes});
    cost = savings[way].cost;
    bytes = savings[way].bytes;
  }
  return steps;
}

std::map<std::size_t, std::vector<std::size_t>> by_layer(std::span<const Saving> savings) {
  std::map<std::size_t, std::vector<std::size_t>> ways;
  for (std::size_t i = 0; i < savings.size(); ++i) ways[savings[i].layer].push_back(i);
  return ways;
}

/// Of all layers, the cheapest byte first; those of one layer in its order, as slopes rise along a hull.
std::vector<Step> steps_of(std::span<const Saving> savings) {
  std::vector<Step> steps;
  for (const auto& [layer, ways] : by_layer(savings)) {
    const auto own = steps_of_layer(savings, ways);
    steps.insert(steps.end(), own.begin(), own.end());
  }
  std::ranges::stable_sort(steps, {}, &Step::slope);
  return steps;
}

/// What is stored how, a way for each layer.
class Selection {
 public:
  explicit Selection(std::span<const Saving> savings) : savings_(savings) {
    for (const auto& saving : savings) way_[saving.layer] = kNothing;
  }

  std::size_t way(std::size_t layer) const { return way_.at(layer); }
  void set(std::size_t layer, std::size_t way) { way_.at(layer) = way; }

  Choices choices() const {
    Choices all;
    for (const auto& [layer, way] : way_) {
      if (way == kNothing) continue;
      all.chosen.push_back(way);
      all.cost += savings_[way].cost;
      all.bytes += savings_[way].bytes;
    }
    std::ranges::sort(all.chosen);
    return all;
  }

 private:
  std::span<const Saving> savings_;
  std::map<std::size_t, std::size_t> way_;
};

/// Another way for a layer than the relaxation has, and what that loses, in cost.
struct Deviation {
  std::size_t layer;
  std::size_t way;
  double loss;
  double cost;         ///< more than before
  std::int64_t bytes;  ///< saved more than before
};

std::vector<Deviation> deviations_from(const Selection& start, std::span<const Saving> savings,
                                       double price) {
  const auto cost_of = [&](std::size_t way) { return way == kNothing ? 0.0 : savings[way].cost; };
  const auto bytes_of = [&](std::size_t way) {
    return way == kNothing ? std::int64_t{0} : static_cast<std::int64_t>(savings[way].bytes);
  };
  std::vector<Deviation> all;
  for (auto& [layer, ways] : by_layer(savings)) {
    const auto before = start.way(layer);
    auto others = ways;
    others.push_back(kNothing);
    for (const auto way : others) {
      if (way == before) continue;
      const double cost = cost_of(way) - cost_of(before);
      const auto bytes = bytes_of(way) - bytes_of(before);
      all.push_back({layer, way, std::max(0.0, cost - price * static_cast<double>(bytes)), cost, bytes});
    }
  }
  std::ranges::stable_sort(all, {}, &Deviation::loss);
  return all;
}

/// Goes through sets of deviations that lose less than `allowed()`, which shrinks as better ones are found.
class Search {
 public:
  struct State {
    double cost;
    std::int64_t bytes;
    double loss;
  };
  using Visit = std::function<void(const State&, const Selection&)>;

  Search(Selection start, std::vector<Deviation> deviations, std::function<double()> allowed, Visit visit)
      : selection_(std::move(start)),
        deviations_(std::move(deviations)),
        allowed_(std::move(allowed)),
        visit_(std::move(visit)) {}

  /// Whether it saw all.
  bool run(const State& start) {
    from(0, start);
    return nodes_ <= kMostNodes;
  }

 private:
  void from(std::size_t first, const State& state) {
    visit_(state, selection_);
    for (auto i = first; i < deviations_.size(); ++i) {
      const auto& deviation = deviations_[i];
      if (state.loss + deviation.loss >= allowed_() || ++nodes_ > kMostNodes) return;
      if (changed_[deviation.layer]) continue;
      const auto before = selection_.way(deviation.layer);
      changed_[deviation.layer] = true;
      selection_.set(deviation.layer, deviation.way);
      from(i + 1, {state.cost + deviation.cost, state.bytes + deviation.bytes, state.loss + deviation.loss});
      selection_.set(deviation.layer, before);
      changed_[deviation.layer] = false;
    }
  }

  Selection selection_;
  std::vector<Deviation> deviations_;
  std::function<double()> allowed_;
  Visit visit_;
  std::map<std::size_t, bool> changed_;
  int nodes_ = 0;
};

/// The whole steps of the relaxation's solution.
struct Relaxed {
  Selection selection;
  double cost = 0;
  std::uint64_t bytes = 0;
  std::size_t steps = 0;  ///< the next would be taken in part, where there is one
};

/// Takes steps while `fits(cost, bytes)` of all of them.
template <typename Fits>
Relaxed relax(std::span<const Saving> savings, const std::vector<Step>& steps, const Fits& fits) {
  Relaxed relaxed{Selection(savings)};
  for (const auto& step : steps) {
    if (!fits(relaxed.cost + step.cost, relaxed.bytes + step.bytes)) break;
    relaxed.selection.set(savings[step.to].layer, step.to);
    relaxed.cost += step.cost;
    relaxed.bytes += step.bytes;
    ++relaxed.steps;
  }
  return relaxed;
}

}  // namespace

std::optional<Choices> least_cost(std::span<const Saving> savings, std::uint64_t bytes) {
  const auto steps = steps_of(savings);
  const auto relaxed = relax(savings, steps, [&](double, std::uint64_t more) { return more <= bytes; });
  if (relaxed.bytes >= bytes) {
    return relaxed.selection.choices();  // the relaxation itself is whole
  }
  if (relaxed.steps == steps.size()) return {};

  const double price = steps[relaxed.steps].slope();
  const auto missing = static_cast<double>(bytes - relaxed.bytes);
  auto whole = relaxed.selection;
  whole.set(savings[steps[relaxed.steps].to].layer, steps[relaxed.steps].to);
  auto best = whole.choices();
  const auto consider = [&](const Search::State& state, const Selection& selection) {
    if (state.bytes >= static_cast<std::int64_t>(bytes) && state.cost < best.cost) best = selection.choices();
  };
  const auto allowed = [&] { return best.cost - relaxed.cost - price * missing; };
  Search search(relaxed.selection, deviations_from(relaxed.selection, savings, price), allowed, consider);
  if (!search.run({relaxed.cost, static_cast<std::int64_t>(relaxed.bytes), 0}))
    best.gap = allowed() / best.cost;
  return best;
}

std::vector<Choices> efficient_choices(std::span<const Saving> savings) {
  Selection selection(savings);
  std::vector<Choices> corners{selection.choices()};
  for (const auto& step : steps_of(savings)) {
    selection.set(savings[step.to].layer, step.to);
    corners.push_back(selection.choices());
  }
  return corners;
}

Choices most_bytes(std::span<const Saving> savings, double cost) {
  const auto steps = steps_of(savings);
  const auto relaxed = relax(savings, steps, [&](double more, std::uint64_t) { return more <= cost; });
  auto best = relaxed.selection.choices();
  if (relaxed.steps == steps.size() || relaxed.cost >= cost) return best;

  const double price = steps[relaxed.steps].slope();
  const double most = static_cast<double>(relaxed.bytes) + (cost - relaxed.cost) / price;
  const auto consider = [&](const Search::State& state, const Selection& selection) {
    if (state.cost <= cost && state.bytes > static_cast<std::int64_t>(best.bytes)) best = selection.choices();
  };
  const auto allowed = [&] { return (most - static_cast<double>(best.bytes)) * price; };
  Search search(relaxed.selection, deviations_from(relaxed.selection, savings, price), allowed, consider);
  if (!search.run({relaxed.cost, static_cast<std::int64_t>(relaxed.bytes), 0}))
    best.gap = most / static_cast<double>(best.bytes) - 1;
  return best;
}

}  // namespace octet
