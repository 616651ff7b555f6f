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

void Glob::enter(std::size_t first, std::vector<char>& live) const {
  std::vector<std::size_t> pending{first};
  while (!pending.empty()) {
    const auto index = pending.back();
    pending.pop_back();
    if (live[index]) continue;
    live[index] = 1;
    const State& state = states_[index];
    if (state.step == Step::fork || state.step == Step::star)
      pending.insert(pending.end(), state.next.begin(), state.next.end());
  }
}

std::vector<char> Glob::run(std::string_view text) const {
  std::vector<char> live(states_.size(), 0);
  std::vector<char> after(states_.size(), 0);
  enter(0, live);
  for (const char c : text) {
    bool alive = false;
    for (std::size_t index = 0; index < states_.size(); ++index) {
      if (!live[index]) continue;
      const State& state = states_[index];
      if (state.step == Step::star)
        enter(index, after);
      else if (state.step == Step::any || (state.step == Step::literal && state.literal == c))
        enter(state.next.front(), after);
      else
        continue;
      alive = true;
    }
    live.swap(after);
    if (!alive) break;
    std::fill(after.begin(), after.end(), char{0});
  }
  return live;
}

bool Glob::matches(std::string_view name) const { return run(name).back(); }

bool Glob::reaches(std::string_view prefix) const {
  const auto live = run(prefix);
  return std::find(live.begin(), live.end(), 1) != live.end();
}

bool is_pattern(std::string_view text) { return text.find_first_of("*?{}") != std::string_view::npos; }

}  // namespace octet
