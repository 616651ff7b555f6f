#include "core/plan/lined_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "core/error.h"
#include "core/text_encoding.h"

namespace octet {
namespace {

using nlohmann::json;

constexpr std::size_t kDeepest = 32;

/// How far the parser has read.
struct Reading {
  int line = 1;
  char last = 0;
};

/// Feeds the parser and keeps count of lines, which nlohmann's events do not tell.
struct CountedText {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at;
  Reading* reading;

  reference operator*() const { return *at; }
  CountedText& operator++() {
    reading->last = *at++;
    if (reading->last == '\n') ++reading->line;
    return *this;
  }
  CountedText operator++(int) {
    auto before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountedText& other) const { return at == other.at; }
};

class TreeBuilder : public nlohmann::json_sax<json> {
 public:
  TreeBuilder(std::string_view origin, const Reading& reading) : origin_(origin), reading_(reading) {}

  LinedJson take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value, after_number()); }
  bool number_unsigned(number_unsigned_t value) override { return add(value, after_number()); }
  bool number_float(number_float_t value, const string_t&) override { return add(value, after_number()); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(LinedJson::Kind::object); }
  bool start_array(std::size_t) override { return open(LinedJson::Kind::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& value) override {
    auto& innermost = open_.back();
    if (!innermost.keys.insert(value).second)
      fail(reading_.line, fmt::format("the key \"{}\" comes twice", value));
    innermost.value.members.push_back({std::move(value), reading_.line, {}});
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    // nlohmann says "[json.exception.parse_error.101] parse error at line 1, column 2: what is wrong".
    std::string_view what = error.what();
    if (const auto column = what.find(", column "); column != what.npos)
      what.remove_prefix(std::min(what.find(": ", column) + 2, what.size()));
    fail(reading_.line, fmt::format("not valid JSON: {}", what));
  }

 private:
  struct Open {
    LinedJson value;
    std::set<std::string> keys;
  };

  [[noreturn]] void fail(int line, const std::string& what) const {
    throw Error(ErrorKind::input, fmt::format("{}: line {}: {}", origin_, line, what));
  }

  /// The parser sees the end of a number only one character later.
  int after_number() const { return reading_.line - (reading_.last == '\n' ? 1 : 0); }

  bool open(LinedJson::Kind kind) {
    if (open_.size() == kDeepest) fail(reading_.line, fmt::format("nested deeper than {} levels", kDeepest));
    open_.push_back({});
    open_.back().value.kind = kind;
    open_.back().value.line = reading_.line;
    return true;
  }

  bool close() {
    auto value = std::move(open_.back().value);
    open_.pop_back();
    place(std::move(value));
    return true;
  }

  bool add(json scalar, int line) {
    LinedJson value;
    value.line = line;
    value.scalar = std::move(scalar);
    place(std::move(value));
    return true;
  }
  bool add(json scalar) { return add(std::move(scalar), reading_.line); }

  void place(LinedJson value) {
    if (open_.empty())
      root_ = std::move(value);
    else if (auto& parent = open_.back().value; parent.kind == LinedJson::Kind::array)
      parent.elements.push_back(std::move(value));
    else
      parent.members.back().value = std::move(value);
  }

  std::string_view origin_;
  const Reading& reading_;
  std::vector<Open> open_;
  LinedJson root_;
};

}  // namespace

const LinedMember* LinedJson::find(std::string_view key) const {
  const auto it =
      std::find_if(members.begin(), members.end(), [&](const auto& member) { return member.key == key; });
  return it == members.end() ? nullptr : &*it;
}

json LinedJson::plain() const {
  if (kind == Kind::scalar) return scalar;
  json value = kind == Kind::object ? json::object() : json::array();
  for (const auto& member : members) value[member.key] = member.value.plain();
  for (const auto& element : elements) value.push_back(element.plain());
  return value;
}

LinedJson parse_lined_json(std::string_view text, std::string_view origin) {
  const auto utf8 = to_utf8(text, origin);
  Reading reading;
  TreeBuilder builder(origin, reading);
  json::sax_parse(CountedText{utf8.data(), &reading}, CountedText{utf8.data() + utf8.size(), &reading},
                  &builder);
  return builder.take();
}

}  // namespace octet
