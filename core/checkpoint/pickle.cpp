#include "core/checkpoint/pickle.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/error.h"

namespace octet {
namespace {

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxVisited = 1'000'000;

struct Value {
  enum class Kind { other, integer, text, global, sequence, dict, storage, tensor };
  Kind kind = Kind::other;
  std::int64_t integer = 0;
  std::string text;           ///< text; "module name" of a global
  std::vector<Value*> items;  ///< of a sequence; keys and values by turns of a dict
  PickledTensor tensor;       ///< of a storage: without view
};

std::optional<Dtype> storage_dtype(std::string_view global) {
  constexpr std::array kStorages{
      std::pair{std::string_view("torch DoubleStorage"), Dtype::f64},
      std::pair{std::string_view("torch FloatStorage"), Dtype::f32},
      std::pair{std::string_view("torch HalfStorage"), Dtype::f16},
      std::pair{std::string_view("torch BFloat16Storage"), Dtype::bf16},
      std::pair{std::string_view("torch LongStorage"), Dtype::i64},
      std::pair{std::string_view("torch IntStorage"), Dtype::i32},
      std::pair{std::string_view("torch ShortStorage"), Dtype::i16},
      std::pair{std::string_view("torch CharStorage"), Dtype::i8},
      std::pair{std::string_view("torch ByteStorage"), Dtype::u8},
      std::pair{std::string_view("torch BoolStorage"), Dtype::boolean},
  };
  for (const auto& [name, dtype] : kStorages)
    if (name == global) return dtype;
  return std::nullopt;
}

/// The stack machine of pickle protocol 2. Values live in one arena, so that cycles in bad input do no harm.
class Machine {
 public:
  Machine(std::span<const std::byte> pickle, const std::string& origin) : rest_(pickle), origin_(origin) {}

  const Value& run() {
    if (byte() != 0x80 || byte() != 2) fail("is not a pickle of protocol 2, which torch.save writes");
    for (;;) {
      const auto opcode = static_cast<char>(byte());
      if (opcode == '.') break;
      step(opcode);
    }
    return *pop();
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorKind::input, fmt::format("{}: {}", origin_, why),
                "save a state dict again with torch.save(model.state_dict(), path)");
  }

 private:
  using Kind = Value::Kind;

  void step(char opcode) {
    switch (opcode) {
      case '(': marks_.push_back(stack_.size()); break;
      case '}': push(Kind::dict); break;
      case ']':
      case ')': push(Kind::sequence); break;
      case 'N':                                     // None
      case '\x88':                                  // True
      case '\x89': push(Kind::other); break;        // False
      case 'G': take(8), push(Kind::other); break;  // float
      case 'K': push_integer(1); break;
      case 'M': push_integer(2); break;
      case 'J': push_integer(4); break;
      case '\x8a': push_integer(byte()); break;
      case 'X': push(Kind::text).text = text(take(word(4))); break;
      case 'c': {
        auto module = line();
        push(Kind::global).text = module + " " + line();
        break;
      }
      case 't': push_tuple(since_mark()); break;
      case '\x85': push_tuple(top(1)); break;
      case '\x86': push_tuple(top(2)); break;
      case '\x87': push_tuple(top(3)); break;
      case 'a': extend(Kind::sequence, top(1)); break;
      case 'e': extend(Kind::sequence, since_mark()); break;
      case 's': extend(Kind::dict, top(2)); break;
      case 'u': extend(Kind::dict, since_mark()); break;
      case 'q': memo_[word(1)] = peek(); break;
      case 'r': memo_[word(4)] = peek(); break;
      case 'h': recall(word(1)); break;
      case 'j': recall(word(4)); break;
      case 'Q': stack_.push_back(storage(*pop())); break;
      case 'R': {
        const auto* arguments = pop();
        stack_.push_back(call(*pop(), *arguments));
        break;
      }
      case 'b':  // an OrderedDict's attributes: state dicts keep version numbers there
        pop();
        if (peek()->kind != Kind::dict) fail("holds an object that is no tensor");
        break;
      default: fail(fmt::format("uses the pickle instruction {:#04x}", static_cast<unsigned char>(opcode)));
    }
  }

  Value* make(Kind kind) {
    auto& value = arena_.emplace_back();
    value.kind = kind;
    return &value;
  }
  Value& push(Kind kind) { return *stack_.emplace_back(make(kind)); }
  void push_tuple(std::vector<Value*> items) { push(Kind::sequence).items = std::move(items); }

  /// A signed little-endian integer; shorter than 4 bytes, pickle means it unsigned (but for LONG1).
  void push_integer(std::size_t size) {
    if (size > 8) fail("holds an integer of more than 64 bits");
    const auto bytes = take(size);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
    const bool negative = size >= 4 && std::to_integer<int>(bytes[size - 1]) >= 0x80;
    if (negative && size < 8) value |= ~std::uint64_t{0} << (8 * size);
    push(Kind::integer).integer = static_cast<std::int64_t>(value);
  }

  Value* peek() const {
    if (stack_.size() <= floor()) fail("is damaged: its stack is empty");
    return stack_.back();
  }
  Value* pop() {
    auto* value = peek();
    stack_.pop_back();
    return value;
  }
  /// Values under the latest mark belong to somebody else.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  std::vector<Value*> top(std::size_t count) {
    if (stack_.size() - floor() < count) fail("is damaged: its stack is empty");
    std::vector<Value*> values(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return values;
  }
  std::vector<Value*> since_mark() {
    if (marks_.empty()) fail("is damaged: a mark is missing");
    auto values = top(stack_.size() - floor());
    marks_.pop_back();
    return values;
  }
  void extend(Kind kind, const std::vector<Value*>& values) {
    auto* container = peek();
    if (container->kind != kind || (kind == Kind::dict && values.size() % 2 != 0))
      fail("is damaged: wrong container");
    container->items.insert(container->items.end(), values.begin(), values.end());
  }
  void recall(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) fail("is damaged: it refers to nothing");
    stack_.push_back(found->second);
  }

  /// ("storage", class, key, device, elements): where it was does not matter.
  Value* storage(const Value& id) {
    const auto& items = id.items;
    if (id.kind != Kind::sequence || items.size() != 5 || items[1]->kind != Kind::global ||
        items[2]->kind != Kind::text || items[4]->kind != Kind::integer || items[4]->integer < 0)
      fail("is damaged: wrong storage");
    const auto dtype = storage_dtype(items[1]->text);
    if (!dtype) fail(fmt::format("holds a tensor of the unsupported type {}", items[1]->text));
    auto* value = make(Kind::storage);
    value->tensor.storage = items[2]->text;
    value->tensor.dtype = *dtype;
    value->tensor.storage_size = items[4]->integer;
    return value;
  }

  Value* call(const Value& function, const Value& arguments) {
    if (function.kind != Kind::global || arguments.kind != Kind::sequence) fail("is damaged: wrong call");
    if (function.text == "collections OrderedDict" && arguments.items.empty()) return make(Kind::dict);
    if (function.text == "torch._utils _rebuild_tensor_v2") return tensor(arguments);
    if (function.text == "torch._utils _rebuild_parameter" && !arguments.items.empty())
      return arguments.items[0];
    fail(fmt::format("would run {}; Octet reads tensors only", function.text));
  }

  /// (storage, offset, size, stride, requires_grad, hooks)
  Value* tensor(const Value& arguments) {
    const auto& items = arguments.items;
    if (items.size() < 4 || items[0]->kind != Kind::storage || items[1]->kind != Kind::integer)
      fail("is damaged: wrong tensor");
    auto* value = make(Kind::tensor);
    auto& tensor = value->tensor = items[0]->tensor;
    tensor.offset = items[1]->integer;
    tensor.shape = integers(*items[2]);
    tensor.strides = integers(*items[3]);
    if (tensor.offset < 0 || tensor.shape.size() != tensor.strides.size() || !within_storage(tensor))
      fail(fmt::format("is damaged: a tensor goes beyond its storage {}", tensor.storage));
    return value;
  }

  /// Sizes and strides: none negative.
  std::vector<std::int64_t> integers(const Value& tuple) const {
    if (tuple.kind != Kind::sequence) fail("is damaged: wrong tensor");
    std::vector<std::int64_t> values;
    for (const auto* item : tuple.items) {
      if (item->kind != Kind::integer || item->integer < 0) fail("is damaged: wrong tensor size");
      values.push_back(item->integer);
    }
    return values;
  }

  static bool within_storage(const PickledTensor& tensor) {
    std::int64_t count = 1;
    std::int64_t last = tensor.offset;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
      std::int64_t reach = 0;
      if (__builtin_mul_overflow(count, tensor.shape[i], &count)) return false;
      if (tensor.shape[i] == 0) continue;
      if (__builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &reach)) return false;
      if (__builtin_add_overflow(last, reach, &last)) return false;
    }
    // Overlapping views (stride 0) could be larger than what they view; no weight is.
    return count == 0 || (last < tensor.storage_size && count <= tensor.storage_size);
  }

  std::span<const std::byte> take(std::size_t count) {
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
  static std::string text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::string line() {
    std::string result;
    for (char c; (c = static_cast<char>(byte())) != '\n';) result += c;
    return result;
  }

  std::span<const std::byte> rest_;
  const std::string& origin_;
  std::deque<Value> arena_;
  std::vector<Value*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Value*> memo_;
};

/// Collects tensors below `value`. Bad input can refer to one dict from many places, or to itself.
class Collector {
 public:
  explicit Collector(const Machine& machine) : machine_(machine) {}

  void collect(const Value& value, const std::string& name, int depth) {
    if (depth > kMaxDepth || ++visited_ > kMaxVisited) machine_.fail("nests too deep");
    const auto below = [&](const std::string& key) { return name.empty() ? key : name + "." + key; };
    switch (value.kind) {
      case Value::Kind::tensor:
        if (!tensors.emplace(name, value.tensor).second) machine_.fail(fmt::format("holds {} twice", name));
        break;
      case Value::Kind::sequence:
        for (std::size_t i = 0; i < value.items.size(); ++i)
          collect(*value.items[i], below(std::to_string(i)), depth + 1);
        break;
      case Value::Kind::dict:
        for (std::size_t i = 0; i < value.items.size(); i += 2) {
          const auto& key = *value.items[i];
          if (key.kind == Value::Kind::text)
            collect(*value.items[i + 1], below(key.text), depth + 1);
          else if (key.kind == Value::Kind::integer)
            collect(*value.items[i + 1], below(std::to_string(key.integer)), depth + 1);
        }
        break;
      default: break;
    }
  }

  std::map<std::string, PickledTensor> tensors;

 private:
  const Machine& machine_;
  std::size_t visited_ = 0;
};

}  // namespace

std::map<std::string, PickledTensor> read_pickle(std::span<const std::byte> pickle,
                                                 const std::string& origin) {
  Machine machine(pickle, origin);
  const auto& root = machine.run();
  Collector collector(machine);
  collector.collect(root, "", 0);
  return std::move(collector.tensors);
}

}  // namespace octet
