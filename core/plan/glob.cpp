#include "core/plan/glob.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/error.h"

namespace octet {
namespace {

constexpr std::size_t kMostStates = 10'000;

}  // namespace

Glob::Glob(std::string_view pattern) {
  const auto refuse = [&](const std::string& what) {
    constexpr std::size_t kShown = 200;
    const auto shown = std::string(pattern.substr(0, kShown)) + (pattern.size() > kShown ? "…" : "");
    throw Error(ErrorKind::usage, "pattern \"" + shown + "\": " + what,
                "braces hold alternatives, such as {resblocks,source_resblocks}, and cannot be nested");
  };
  const auto append = [&](Step step, char literal = 0) {
    states_.push_back({step, literal, {states_.size() + 1}});
    return states_.size() - 1;
  };

  bool inside = false;
  char previous = 0;
  std::size_t fork = 0;
  std::vector<std::size_t> ends;  // one per finished alternative, to be joined after the brace
  for (const char c : pattern) {
    if (states_.size() > kMostStates) refuse("longer than any list of layers needs");
    if (c == '{') {
      if (inside) refuse("a brace inside braces");
      inside = true;
      fork = append(Step::fork);
    } else if (c == '}') {
      if (!inside) refuse("a closing brace without an opening one");
      inside = false;
      for (const auto end : ends) states_[end].next = {states_.size()};
      ends.clear();
    } else if (c == ',' && inside) {
      ends.push_back(append(Step::fork));
      states_[fork].next.push_back(states_.size());
    } else if (c == '*') {
      if (previous != '*') append(Step::star);
    } else if (c == '?') {
      append(Step::any);
    } else {
      append(Step::literal, c);
    }
    previous = c;
  }
  if (inside) refuse("an opening brace without a closing one");
  states_.push_back({Step::accept, 0, {}});
}

/// The states a name can be in, each once.
class Glob::Live {
 public:
  explicit Live(const std::vector<State>& states) : states_(states), seen_(states.size()) {}

  /// Adds the state, and those it leads to without reading anything.
  void enter(std::size_t state) {
    open_.push_back(state);
    while (!open_.empty()) {
      const auto index = open_.back();
      open_.pop_back();
      if (seen_[index]) continue;
      seen_[index] = true;
      list.push_back(index);
      const auto& [step, literal, next] = states_[index];
      if (step == Step::fork || step == Step::star) open_.insert(open_.end(), next.begin(), next.end());
    }
  }
  void clear() {
    for (const auto index : list) seen_[index] = false;
    list.clear();
  }

  std::vector<std::size_t> list;

 private:
  const std::vector<State>& states_;
  std::vector<bool> seen_;
  std::vector<std::size_t> open_;
};

std::vector<std::size_t> Glob::run(std::string_view text) const {
  std::array<Live, 2> buffers{Live(states_), Live(states_)};
  auto *live = &buffers[0], *after = &buffers[1];
  live->enter(0);
  for (const char c : text) {
    after->clear();
    for (const auto index : live->list) {
      const State& state = states_[index];
      if (state.step == Step::star)
        after->enter(index);
      else if (state.step == Step::any || (state.step == Step::literal && state.literal == c))
        after->enter(state.next.front());
    }
    std::swap(live, after);
    if (live->list.empty()) break;
  }
  return live->list;
}

bool Glob::matches(std::string_view name) const {
  const auto live = run(name);
  return std::find(live.begin(), live.end(), states_.size() - 1) != live.end();
}

bool Glob::reaches(std::string_view prefix) const { return !run(prefix).empty(); }

bool is_pattern(std::string_view text) { return text.find_first_of("*?{}") != std::string_view::npos; }

}  // namespace octet
