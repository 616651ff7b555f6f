#include "core/plan/glob.h"

#include <algorithm>
#include <string>

#include "core/error.h"

namespace octet {

Glob::Glob(std::string_view pattern) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::usage, "pattern \"" + std::string(pattern) + "\": " + what,
                "braces hold alternatives, such as {resblocks,source_resblocks}, and cannot be nested");
  };
  const auto append = [&](Step step, char literal = 0) {
    states_.push_back({step, literal, {states_.size() + 1}});
    return states_.size() - 1;
  };

  bool inside = false;
  std::size_t fork = 0;
  std::vector<std::size_t> ends;  // one per finished alternative, to be joined after the brace
  for (const char c : pattern) {
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
      append(Step::star);
    } else if (c == '?') {
      append(Step::any);
    } else {
      append(Step::literal, c);
    }
  }
  if (inside) refuse("an opening brace without a closing one");
  states_.push_back({Step::accept, 0, {}});
}

void Glob::enter(std::size_t state, std::vector<std::size_t>& live) const {
  if (std::find(live.begin(), live.end(), state) != live.end()) return;
  live.push_back(state);
  const auto& [step, literal, next] = states_[state];
  if (step == Step::fork || step == Step::star)
    for (const auto after : next) enter(after, live);
}

std::vector<std::size_t> Glob::run(std::string_view text) const {
  std::vector<std::size_t> live, after;
  enter(0, live);
  for (const char c : text) {
    after.clear();
    for (const auto index : live) {
      const State& state = states_[index];
      if (state.step == Step::star)
        enter(index, after);
      else if (state.step == Step::any || (state.step == Step::literal && state.literal == c))
        enter(state.next.front(), after);
    }
    live.swap(after);
    if (live.empty()) break;
  }
  return live;
}

bool Glob::matches(std::string_view name) const {
  const auto live = run(name);
  return std::find(live.begin(), live.end(), states_.size() - 1) != live.end();
}

bool Glob::reaches(std::string_view prefix) const { return !run(prefix).empty(); }

bool is_pattern(std::string_view text) { return text.find_first_of("*?{}") != std::string_view::npos; }

}  // namespace octet
