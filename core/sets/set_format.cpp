#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/plan/lined_json.h"
#include "core/sets/reference_set.h"

namespace octet {
namespace {

using nlohmann::ordered_json;

constexpr auto kFormat = "octet-set";

class SetReader {
 public:
  explicit SetReader(std::string_view origin) : origin_(origin) {}

  ReferenceSet read(std::string_view text) const {
    const auto root = parse_lined_json(text, origin_);
    expect_object(root, "a set");
    const auto* format = root.find("format");
    if (!format || format->value.scalar != kFormat)
      fail(root.line, fmt::format("not a reference set: \"format\" must be \"{}\"", kFormat));
    const auto* version = root.find("version");
    if (!version || version->value.scalar != 1)
      fail(root.line, "\"version\" must be 1: this set needs another version of Octet");
    check_keys(root, {"format", "version", "name", "clips"});
    ReferenceSet set;
    if (const auto* name = root.find("name")) set.name = text_of(*name);
    const auto* clips = root.find("clips");
    if (!clips || clips->value.elements.empty()) fail(root.line, "\"clips\" must be a list of clips");
    std::set<std::string> files;
    for (const auto& clip : clips->value.elements) {
      set.clips.push_back(clip_of(clip));
      if (!files.insert(set.clips.back().file).second)
        fail(clip.line, fmt::format("\"file\": {} comes twice", set.clips.back().file));
    }
    return set;
  }

 private:
  [[noreturn]] void fail(int line, const std::string& fault) const {
    throw Error(ErrorKind::input, fmt::format("{}: line {}: {}", origin_, line, fault),
                "docs/formats.md describes reference sets");
  }

  void expect_object(const LinedJson& value, std::string_view what) const {
    if (value.kind != LinedJson::Kind::object)
      fail(value.line, fmt::format("{} must be an object {{…}}", what));
  }

  void check_keys(const LinedJson& object, const std::vector<std::string_view>& known) const {
    for (const auto& member : object.members)
      if (std::ranges::find(known, member.key) == known.end())
        fail(member.line,
             fmt::format("unknown key \"{}\"; known are {}", member.key, fmt::join(known, ", ")));
  }

  std::string text_of(const LinedMember& member) const {
    if (!member.value.scalar.is_string()) fail(member.line, fmt::format("\"{}\" must be a text", member.key));
    return member.value.scalar.get<std::string>();
  }

  /// Clips lie beside the description, whatever it says.
  std::string file_of(const LinedMember& member) const {
    auto name = text_of(member);
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos ||
        name.find('\0') != std::string::npos)
      fail(member.line, fmt::format("\"{}\": \"{}\" is no name of a file beside it", member.key, name));
    return name;
  }

  std::string hash_of(const LinedMember& member) const {
    auto hash = text_of(member);
    const bool is_hash = hash.size() == 64 && hash.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!is_hash) fail(member.line, "\"sha256\" must be 64 digits of 0-9 and a-f");
    return hash;
  }

  double seconds_of(const LinedMember& member) const {
    const auto& value = member.value.scalar;
    if (!value.is_number() || !std::isfinite(value.get<double>()) || value.get<double>() <= 0)
      fail(member.line, "\"seconds\" must be a number over 0");
    return value.get<double>();
  }

  std::vector<std::string> tags_of(const LinedMember& member) const {
    if (member.value.kind != LinedJson::Kind::array) fail(member.line, "\"tags\" must be a list");
    std::set<std::string> said;
    for (const auto& element : member.value.elements) {
      const auto tag = text_of({"tags", element.line, element});
      if (std::ranges::find(kClipTags, tag) == kClipTags.end())
        fail(element.line, fmt::format("\"tags\": \"{}\" is none of {}", tag, fmt::join(kClipTags, ", ")));
      said.insert(tag);
    }
    std::vector<std::string> tags;
    for (const auto tag : kClipTags)
      if (said.contains(std::string(tag))) tags.emplace_back(tag);
    return tags;
  }

  SetClip clip_of(const LinedJson& object) const {
    expect_object(object, "a clip");
    check_keys(object,
               {"file", "sha256", "seconds", "speaker", "language", "tags", "text", "licence", "made_from"});
    SetClip clip;
    const auto needed = [&](const char* key) -> const LinedMember& {
      const auto* member = object.find(key);
      if (!member) fail(object.line, fmt::format("\"{}\" is missing", key));
      return *member;
    };
    clip.file = file_of(needed("file"));
    clip.sha256 = hash_of(needed("sha256"));
    clip.seconds = seconds_of(needed("seconds"));
    const auto take = [&](const char* key, std::string& into) {
      if (const auto* member = object.find(key)) into = text_of(*member);
    };
    take("speaker", clip.speaker);
    take("language", clip.language);
    take("text", clip.text);
    take("licence", clip.licence);
    if (const auto* member = object.find("made_from")) clip.made_from = file_of(*member);
    if (const auto* member = object.find("tags")) clip.tags = tags_of(*member);
    return clip;
  }

  std::string_view origin_;
};

}  // namespace

ReferenceSet parse_set(std::string_view text, std::string_view origin) {
  return SetReader(origin).read(text);
}

std::string format_set(const ReferenceSet& set) try {
  std::string text = fmt::format("{{\"format\": \"{}\", \"version\": 1, \"name\": {},\n \"clips\": [",
                                 kFormat, ordered_json(set.name).dump());
  const char* before = "\n  ";
  for (const auto& clip : set.clips) {
    ordered_json json{{"file", clip.file}, {"sha256", clip.sha256}, {"seconds", clip.seconds}};
    const auto add = [&](const char* key, const std::string& value) {
      if (!value.empty()) json[key] = value;
    };
    add("speaker", clip.speaker);
    add("language", clip.language);
    if (!clip.tags.empty()) json["tags"] = clip.tags;
    add("text", clip.text);
    add("licence", clip.licence);
    add("made_from", clip.made_from);
    text += before + json.dump();
    before = ",\n  ";
  }
  return text + "]}\n";
} catch (const nlohmann::json::exception&) {
  throw Error(ErrorKind::input, "a name or text of the set is not UTF-8", "give the file another name");
}

}  // namespace octet
