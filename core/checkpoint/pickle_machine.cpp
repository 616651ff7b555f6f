#include "core/checkpoint/pickle_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "core/error.h"

namespace octet {
namespace {

constexpr std::size_t kMostValues = 4'000'000;
constexpr std::size_t kLongestName = 1000;

/// The stack machine. Values live in one arena, so that circles in bad input do no harm.
class Machine {
 public:
  Machine(std::span<const std::byte> pickle, const std::string& origin) : rest_(pickle), origin_(origin) {}

  PickleGraph run() {
    const auto protocol = byte() == 0x80 ? byte() : 0;
    if (protocol < 2 || protocol > 5) fail("is not a pickle of protocol 2 to 5");
    none_ = make(Kind::other);
    for (;;) {
      const auto instruction = byte();
      if (instruction == '.') break;
      if (stack_.size() > kMostValues || marks_.size() > kMostValues || memo_.size() > kMostValues)
        too_much();
      step(static_cast<char>(instruction));
    }
    graph_.root = pop();
    return std::move(graph_);
  }

 private:
  using Kind = PickleValue::Kind;
  using Values = std::vector<const PickleValue*>;

  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorKind::input, fmt::format("{} {}", origin_, why),
                "save a state dict again with torch.save(model.state_dict(), path)");
  }
  [[noreturn]] void too_much() const {
    fail(fmt::format("holds more than {} million values", kMostValues / 1'000'000));
  }

  void step(char instruction) {
    switch (instruction) {
      case '(': marks_.push_back(stack_.size()); break;
      case '0': pop(); break;
      case '1': since_mark(); break;
      case '}': push(Kind::mapping); break;
      case ']':
      case ')': push(Kind::sequence); break;
      case 'N':     // None
      case '\x88':  // True
      case '\x89': stack_.push_back(none_); break;
      case 'G': push_opaque(8); break;  // float
      case 'K': push(Kind::integer).integer = static_cast<std::int64_t>(word(1)); break;
      case 'M': push(Kind::integer).integer = static_cast<std::int64_t>(word(2)); break;
      case 'J': push_signed(4); break;
      case '\x8a': push_signed(word(1)); break;
      case '\x8b': push_signed(word(4)); break;
      case 'U': push_text(word(1)); break;  // texts of Python 2
      case 'T':
      case 'X': push_text(word(4)); break;
      case 'c': {
        const auto module = line();
        push_global(module, line());
        break;
      }
      case 't': push_sequence(since_mark()); break;
      case '\x85': push_sequence(top(1)); break;
      case '\x86': push_sequence(top(2)); break;
      case '\x87': push_sequence(top(3)); break;
      case 'a': extend(Kind::sequence, top(1)); break;
      case 'e': extend(Kind::sequence, since_mark()); break;
      case 's': extend(Kind::mapping, top(2)); break;
      case 'u': extend(Kind::mapping, since_mark()); break;
      case 'q': remember(word(1)); break;
      case 'r': remember(word(4)); break;
      case 'h': recall(word(1)); break;
      case 'j': recall(word(4)); break;
      case 'Q': {
        const auto* id = pop();
        push(Kind::persistent).items = id->items;
        break;
      }
      case 'R':
      case '\x81': push_object(2); break;  // of a class: NEWOBJ
      case 'b': {
        const auto* state = pop();
        if (auto* value = peek(); value->kind == Kind::object) value->items.push_back(state);
        break;
      }
      default: step_of_later_protocols(instruction);
    }
  }

  void step_of_later_protocols(char instruction) {
    switch (instruction) {
      case 'B': push_opaque(word(4)); break;  // bytes
      case 'C': push_opaque(word(1)); break;
      case '\x8e':
      case '\x96': push_opaque(word(8)); break;
      case '\x8c': push_text(word(1)); break;
      case '\x8d': push_text(word(8)); break;
      case '\x8f': push(Kind::sequence); break;  // set
      case '\x90': extend(Kind::sequence, since_mark()); break;
      case '\x91': push_sequence(since_mark()); break;
      case '\x92': push_object(3); break;  // with named arguments
      case '\x93': {
        const auto parts = top(2);
        push_global(parts[0]->text, parts[1]->text);
        break;
      }
      case '\x94': remember(memo_.size()); break;
      case '\x95': take(8); break;  // length of a frame
      default:
        fail(fmt::format("uses the pickle instruction {:#04x}", static_cast<unsigned char>(instruction)));
    }
  }

  PickleValue* make(Kind kind) {
    if (graph_.values.size() == kMostValues) too_much();
    auto& value = graph_.values.emplace_back();
    value.kind = kind;
    return &value;
  }
  PickleValue& push(Kind kind) { return *stack_.emplace_back(make(kind)); }
  void push_sequence(Values items) { push(Kind::sequence).items = std::move(items); }
  void push_opaque(std::uint64_t size) {
    take(size);
    stack_.push_back(none_);
  }
  void push_text(std::uint64_t size) {
    const auto bytes = take(size);
    push(Kind::text).text = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  void push_signed(std::uint64_t size) {
    const auto bytes = take(size);
    if (size > 8) return stack_.push_back(none_);
    const bool negative = size > 0 && std::to_integer<int>(bytes.back()) >= 0x80;
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    std::memcpy(&value, bytes.data(), bytes.size());
    push(Kind::integer).integer = static_cast<std::int64_t>(value);
  }
  void push_global(std::string_view module, std::string_view name) {
    if (module.size() > kLongestName || name.size() > kLongestName) fail("is damaged: a long name");
    push(Kind::global).text = graph_.names.emplace_back(fmt::format("{} {}", module, name));
  }
  /// A call of the value before `parts` - 1 arguments, which is not made.
  void push_object(std::size_t parts) {
    auto call = top(parts);
    push(Kind::object).items = std::move(call);
  }

  PickleValue* peek() const {
    if (stack_.size() <= floor()) fail("is damaged: its stack is empty");
    return stack_.back();
  }
  const PickleValue* pop() {
    const auto* value = peek();
    stack_.pop_back();
    return value;
  }
  /// Values under the latest mark belong to somebody else.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  Values top(std::size_t count) {
    if (stack_.size() - floor() < count) fail("is damaged: its stack is empty");
    Values values(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return values;
  }
  Values since_mark() {
    if (marks_.empty()) fail("is damaged: a mark is missing");
    auto values = top(stack_.size() - floor());
    marks_.pop_back();
    return values;
  }
  void extend(Kind kind, Values values) {
    auto* container = peek();
    if (kind == Kind::mapping && values.size() % 2 != 0) fail("is damaged: a key without a value");
    if (container->kind == Kind::object) {  // of a class made from list or dict
      auto* added = make(kind);
      added->items = std::move(values);
      container->items.push_back(added);
    } else if (container->kind == kind) {
      container->items.insert(container->items.end(), values.begin(), values.end());
    } else {
      fail("is damaged: wrong container");
    }
  }
  void remember(std::uint64_t key) { memo_[key] = peek(); }
  void recall(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) fail("is damaged: it refers to nothing");
    stack_.push_back(found->second);
  }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > rest_.size()) fail("is truncated");
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  unsigned char byte() { return std::to_integer<unsigned char>(take(1)[0]); }
  std::uint64_t word(std::size_t size) {
    std::uint64_t value = 0;
    std::memcpy(&value, take(size).data(), size);
    return value;
  }
  std::string_view line() {
    const auto end = std::ranges::find(rest_, std::byte{'\n'});
    if (end == rest_.end()) fail("is truncated");
    const auto bytes = take(static_cast<std::size_t>(end - rest_.begin()));
    take(1);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  std::span<const std::byte> rest_;
  const std::string& origin_;
  PickleGraph graph_;
  PickleValue* none_ = nullptr;
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleValue*> memo_;
};

}  // namespace

PickleGraph run_pickle(std::span<const std::byte> pickle, const std::string& origin) {
  return Machine(pickle, origin).run();
}

}  // namespace octet
