#include "core/checkpoint/pickle.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "core/checkpoint/pickle_machine.h"
#include "core/checkpoint/tensor_file.h"
#include "core/error.h"

namespace octet {
namespace {

constexpr std::size_t kDeepest = 256;
constexpr std::size_t kLongestKey = 256;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 48;  // of one tensor, which a view can only promise

using Kind = PickleValue::Kind;
using Values = std::vector<const PickleValue*>;

struct TorchType {
  std::string_view storage;
  std::string_view dtype;
  Dtype is;
};

constexpr std::array kTypes{
    TorchType{"torch DoubleStorage", "torch float64", Dtype::f64},
    TorchType{"torch FloatStorage", "torch float32", Dtype::f32},
    TorchType{"torch HalfStorage", "torch float16", Dtype::f16},
    TorchType{"torch BFloat16Storage", "torch bfloat16", Dtype::bf16},
    TorchType{"torch LongStorage", "torch int64", Dtype::i64},
    TorchType{"torch IntStorage", "torch int32", Dtype::i32},
    TorchType{"torch ShortStorage", "torch int16", Dtype::i16},
    TorchType{"torch CharStorage", "torch int8", Dtype::i8},
    TorchType{"torch ByteStorage", "torch uint8", Dtype::u8},
    TorchType{"torch BoolStorage", "torch bool", Dtype::boolean},
    TorchType{"", "torch uint16", Dtype::u16},
    TorchType{"", "torch uint32", Dtype::u32},
    TorchType{"", "torch uint64", Dtype::u64},
    TorchType{"", "torch float8_e4m3fn", Dtype::f8_e4m3},
    TorchType{"", "torch float8_e5m2", Dtype::f8_e5m2},
};

Dtype dtype_named(std::string_view global, std::string_view TorchType::*spelling) {
  const auto found = std::ranges::find(kTypes, global, spelling);
  return found == kTypes.end() ? Dtype::other : found->is;
}

/// Turns the calls that rebuild tensors (torch/_utils.py) into tensors.
class TensorBuilder {
 public:
  explicit TensorBuilder(const std::string& origin) : origin_(origin) {}

  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorKind::input, fmt::format("{} {}", origin_, why),
                "save a state dict again with torch.save(model.state_dict(), path)");
  }

  /// Nothing when the object is no tensor.
  std::optional<PickledTensor> build(const PickleValue& object) const {
    constexpr int kMostWrappings = 8;
    const auto* call = &object.items;
    Values of_subclass;
    for (int wrapping = 0; wrapping < kMostWrappings; ++wrapping) {
      const auto function = (*call)[0]->text;
      const auto& arguments = (*call)[1]->items;
      if (function == "torch._utils _rebuild_tensor" || function == "torch._utils _rebuild_tensor_v2")
        return strided(arguments, nullptr);
      if (function == "torch._utils _rebuild_tensor_v3" && arguments.size() >= 7)
        return strided(arguments, arguments[6]);
      const bool has_inner = !arguments.empty() && arguments[0]->kind == Kind::object;
      if (function == "torch._tensor _rebuild_from_type_v2" && arguments.size() >= 3) {
        of_subclass = {arguments[0], arguments[2]};
        call = &of_subclass;
      } else if (has_inner && (function.starts_with("torch._utils _rebuild_parameter") ||
                               function == "torch._utils _rebuild_device_tensor_from_cpu_tensor")) {
        call = &arguments[0]->items;
      } else if (function.starts_with("torch._utils _rebuild_")) {
        return PickledTensor{};
      } else {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

 private:
  /// (storage, offset, size, stride, …). The storage's id: ("storage", class, key, device, elements or, of an
  /// untyped one, bytes). Where it was does not matter.
  PickledTensor strided(const Values& arguments, const PickleValue* dtype) const {
    if (arguments.size() < 4 || arguments[0]->kind != Kind::persistent || arguments[1]->kind != Kind::integer)
      fail("is damaged: wrong tensor");
    const auto& id = arguments[0]->items;
    if (id.size() < 5 || id[1]->kind != Kind::global || id[2]->kind != Kind::text ||
        id[4]->kind != Kind::integer || id[4]->integer < 0)
      fail("is damaged: wrong storage");
    PickledTensor tensor;
    tensor.dtype =
        dtype ? dtype_named(dtype->text, &TorchType::dtype) : dtype_named(id[1]->text, &TorchType::storage);
    tensor.storage = id[2]->text;
    tensor.storage_size = id[4]->integer;
    if (id[1]->text == "torch.storage UntypedStorage" && tensor.dtype != Dtype::other)
      tensor.storage_size /= static_cast<std::int64_t>(size_of(tensor.dtype));
    tensor.offset = arguments[1]->integer;
    tensor.shape = integers(*arguments[2]);
    tensor.strides = integers(*arguments[3]);
    if (tensor.offset < 0 || tensor.shape.size() != tensor.strides.size() || !within_storage(tensor))
      fail(fmt::format("is damaged: a tensor goes beyond its storage {}", tensor.storage));
    return tensor;
  }

  /// Sizes and strides: none negative. Those of torch.Size are its only argument.
  std::vector<std::int64_t> integers(const PickleValue& value) const {
    const bool is_size = value.kind == Kind::object && value.items[1]->items.size() == 1;
    const auto& tuple = is_size ? *value.items[1]->items[0] : value;
    if (tuple.kind != Kind::sequence) fail("is damaged: wrong tensor");
    if (tuple.items.size() > kMaxRank)
      fail(fmt::format("holds a tensor of more than {} dimensions", kMaxRank));
    std::vector<std::int64_t> values;
    for (const auto* item : tuple.items) {
      if (item->kind != Kind::integer || item->integer < 0) fail("is damaged: wrong tensor size");
      values.push_back(item->integer);
    }
    return values;
  }

  static bool within_storage(const PickledTensor& tensor) {
    auto bytes = static_cast<std::int64_t>(std::max<std::size_t>(size_of(tensor.dtype), 1));
    std::int64_t last = tensor.offset;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
      std::int64_t reach = 0;
      if (__builtin_mul_overflow(bytes, tensor.shape[i], &bytes)) return false;
      if (tensor.shape[i] == 0) continue;
      if (__builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &reach)) return false;
      if (__builtin_add_overflow(last, reach, &last)) return false;
    }
    return bytes == 0 || (last < tensor.storage_size && bytes <= kMostBytes);
  }

  const std::string& origin_;
};

/// Walks through all values below one, depth first. Bad input can refer to one dict from many places; what
/// refers to itself is not entered again.
class Walk {
 public:
  Walk(const std::string& origin, std::size_t steps) : builder_(origin), steps_left_(steps) {}

  PickleContents run(const PickleValue& root) {
    visit(root, "");
    while (!path_.empty()) {
      auto& [value, next, name] = path_.back();
      const auto step = value->kind == Kind::mapping ? std::size_t{2} : std::size_t{1};
      if (next + step > value->items.size()) {
        path_.pop_back();
        continue;
      }
      const auto at = next;
      next += step;
      const auto& child = *value->items[at + step - 1];
      if (child.items.empty()) {
        spend(1);
        continue;
      }
      visit(child, value->kind == Kind::object ? name : below(name, *value, at));
    }
    return std::move(contents_);
  }

 private:
  struct Place {
    const PickleValue* value;
    std::size_t next;  ///< of its items
    std::string name;
  };

  void spend(std::size_t steps) {
    if (steps > steps_left_) builder_.fail("nests too deep, or refers to itself too often");
    steps_left_ -= steps;
  }

  static std::string below(const std::string& name, const PickleValue& container, std::size_t at) {
    std::string key = std::to_string(at);
    if (container.kind == Kind::mapping) {
      const auto& value = *container.items[at];
      if (value.kind == Kind::text) key = value.text.substr(0, kLongestKey);
      if (value.kind == Kind::integer) key = std::to_string(value.integer);
      if (key == "_parameters" || key == "_buffers" || key == "_modules") return name;
    }
    return name.empty() ? key : name + "." + key;
  }

  void visit(const PickleValue& value, std::string name) {
    spend(1 + name.size());
    if (value.kind == Kind::object) {
      if (const auto tensor = builder_.build(value)) return add(std::move(name), *tensor);
    } else if (value.kind == Kind::sequence) {
      if (is_list_of_integers(value)) return add_integers(std::move(name), value);
    } else if (value.kind != Kind::mapping) {
      return;
    }
    if (std::ranges::find(path_, &value, &Place::value) != path_.end()) return;
    if (path_.size() == kDeepest) builder_.fail("nests too deep");
    // What an object is made by is no part of it.
    path_.push_back({&value, value.kind == Kind::object ? std::size_t{1} : 0, std::move(name)});
  }

  void add(std::string name, const PickledTensor& tensor) {
    const auto [there, added] = contents_.tensors.emplace(std::move(name), tensor);
    const auto& first = there->second;
    if (!added && (first.storage != tensor.storage || first.offset != tensor.offset ||
                   first.shape != tensor.shape || first.strides != tensor.strides))
      builder_.fail(fmt::format("holds {} twice", there->first));
  }

  static bool is_list_of_integers(const PickleValue& value) {
    return !value.items.empty() &&
           std::ranges::all_of(value.items, [](const auto* item) { return item->kind == Kind::integer; });
  }
  void add_integers(std::string name, const PickleValue& list) {
    spend(list.items.size());
    auto& integers = contents_.integers[std::move(name)];
    integers.clear();
    for (const auto* item : list.items) integers.push_back(item->integer);
  }

  TensorBuilder builder_;
  std::size_t steps_left_;
  std::vector<Place> path_;
  PickleContents contents_;
};

}  // namespace

PickleContents read_pickle(std::span<const std::byte> pickle, const std::string& origin) {
  const auto graph = run_pickle(pickle, origin);
  constexpr std::size_t kStepsOfAny = 10'000'000;
  return Walk(origin, kStepsOfAny + 8 * pickle.size()).run(*graph.root);
}

}  // namespace octet
