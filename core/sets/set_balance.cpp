#include "core/sets/set_balance.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace octet {
namespace {

constexpr auto kUnknown = "?";

template <typename Name>
std::vector<Share> shares(const ReferenceSet& set, const Name& name) {
  std::map<std::string, Share> found;
  for (const auto& clip : set.clips) {
    const auto& said = name(clip);
    auto& share = found[said];
    share.what = said.empty() ? kUnknown : said;
    ++share.clips;
    share.seconds += clip.seconds;
  }
  std::vector<Share> list;
  list.reserve(found.size());
  for (auto& [key, share] : found) list.push_back(std::move(share));
  if (list.front().what == kUnknown) std::ranges::rotate(list, list.begin() + 1);
  return list;
}

Share with_tag(const ReferenceSet& set, std::string_view tag) {
  Share share{std::string(tag)};
  for (const auto& clip : set.clips)
    if (tag.empty() ? clip.tags.empty() : std::ranges::find(clip.tags, tag) != clip.tags.end()) {
      ++share.clips;
      share.seconds += clip.seconds;
    }
  return share;
}

/// "3 clips have no text", where there are any.
void say_unknown(std::vector<std::string>& lacks, const ReferenceSet& set, const char* what,
                 std::string SetClip::*text) {
  const auto count =
      std::ranges::count_if(set.clips, [&](const SetClip& clip) { return (clip.*text).empty(); });
  if (count > 0)
    lacks.push_back(fmt::format("of {} of {} clips no {} is known", count, set.clips.size(), what));
}

void say_single(std::vector<std::string>& lacks, const std::vector<Share>& shares, const char* what) {
  if (shares.size() == 1 && shares[0].what != kUnknown)
    lacks.push_back(fmt::format("all clips are of one {}, {}", what, shares[0].what));
}

}  // namespace

SetBalance balance_of(const ReferenceSet& set) {
  SetBalance balance;
  balance.speakers = shares(
      set, [](const SetClip& clip) -> auto& { return clip.speaker; });
  balance.languages = shares(
      set, [](const SetClip& clip) -> auto& { return clip.language; });
  balance.licences = shares(
      set, [](const SetClip& clip) -> auto& { return clip.licence; });
  for (const auto& clip : set.clips) balance.all.seconds += clip.seconds;
  balance.all.clips = static_cast<int>(set.clips.size());
  std::vector<std::string_view> absent;
  for (const auto tag : kClipTags) {
    balance.tags.push_back(with_tag(set, tag));
    if (balance.tags.back().clips == 0) absent.push_back(tag);
  }
  balance.tags.push_back(with_tag(set, ""));
  auto& lacks = balance.lacks;
  if (!absent.empty()) lacks.push_back(fmt::format("no clip is {}", fmt::join(absent, ", none ")));
  say_single(lacks, balance.speakers, "speaker");
  say_single(lacks, balance.languages, "language");
  say_unknown(lacks, set, "speaker", &SetClip::speaker);
  say_unknown(lacks, set, "language", &SetClip::language);
  say_unknown(lacks, set, "text", &SetClip::text);
  say_unknown(lacks, set, "licence", &SetClip::licence);
  return balance;
}

std::string to_table(const SetBalance& balance) {
  const auto share = [](const Share& of) {
    return fmt::format("{} ({}, {:.0f} s)", of.what, of.clips, of.seconds);
  };
  const auto line = [&](const char* what, const std::vector<Share>& of) {
    std::vector<std::string> said;
    said.reserve(of.size());
    for (const auto& one : of)
      said.push_back(share(one.what.empty() ? Share{"none", one.clips, one.seconds} : one));
    return fmt::format("{:<10} {}\n", what, fmt::join(said, ", "));
  };
  auto text = fmt::format("{} clips, {:.0f} s\n\n", balance.all.clips, balance.all.seconds) +
              line("speakers", balance.speakers) + line("languages", balance.languages) +
              line("tags", balance.tags) + line("licences", balance.licences);
  for (const auto& lack : balance.lacks) text += "\nlacks: " + lack;
  return text;
}

}  // namespace octet
