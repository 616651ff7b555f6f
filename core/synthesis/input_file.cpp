#include "core/synthesis/input_file.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/checkpoint/as_tensor.h"
#include "core/checkpoint/unused_tensors.h"
#include "core/error.h"
#include "core/synthesis/host_tensors.h"
#include "core/synthesis/token_text.h"

namespace octet {
namespace {

bool is_integer(Dtype dtype) {
  switch (dtype) {
    case Dtype::i64:
    case Dtype::i32:
    case Dtype::i16:
    case Dtype::i8:
    case Dtype::u64:
    case Dtype::u32:
    case Dtype::u16:
    case Dtype::u8: return true;
    default: return false;
  }
}

/// As messages call a tensor; the lone one of a .pt has no name.
std::string called(const std::string& name) { return name.empty() ? "its tensor" : "tensor " + name; }

/// Tensors that upstream keeps beside a voice or tokens: lengths, and what its language model takes.
bool belongs_to_upstream(const std::string& name) {
  return name.ends_with("_len") || name.starts_with("t3.") || name.find("llm_") != name.npos;
}

}  // namespace

std::vector<std::string> InputFile::names() const {
  std::vector<std::string> names;
  names.reserve(file_.tensors.size());
  for (const auto& [name, tensor] : file_.tensors) names.push_back(name);
  return names;
}

std::vector<std::int64_t> InputFile::ids(const std::string& name) const {
  const auto& stored = tensor(name);
  if (!is_integer(stored.dtype))
    fail(fmt::format("{} must be integers, not {}", called(name), to_string(stored.dtype)),
         "save it as integers: tokens.long()");
  auto ids = std::get<1>(to_host(as_tensor(stored)).values);
  if (stored.dtype == Dtype::u64 && std::ranges::any_of(ids, [](auto id) { return id < 0; }))
    fail(called(name) + " holds values beyond int64");
  return only_row(stored.shape, std::move(ids), fmt::format("{}: {}", file_.file->name(), called(name)));
}

std::vector<std::int64_t> InputFile::whole_ids(const std::string& name) const {
  const auto& stored = tensor(name);
  if (stored.dtype == Dtype::bf16 || stored.dtype == Dtype::f16)
    fail(fmt::format("{} must be integers, not {}, which has rounded them", called(name),
                     to_string(stored.dtype)),
         "take the voice from a model in fp32");
  if (stored.dtype != Dtype::f32 && stored.dtype != Dtype::f64) return ids(name);
  constexpr double kFirstInexact = 1 << 24;  // in fp32
  const auto values = as_tensor(stored).to(at::kDouble);
  if (!(values.trunc().eq(values) & values.abs().lt(kFirstInexact)).all().item<bool>())
    fail(fmt::format("{} must be integers, and holds others in {}", called(name), to_string(stored.dtype)));
  return only_row(stored.shape, std::get<1>(to_host(values.to(at::kLong)).values),
                  fmt::format("{}: {}", file_.file->name(), called(name)));
}

HostTensor InputFile::floats(const std::string& name) const {
  const auto& stored = tensor(name);
  if (!is_floating(stored.dtype))
    fail(fmt::format("{} must be floating, not {}", called(name), to_string(stored.dtype)));
  const auto values = as_tensor(stored).to(at::kFloat);
  if (!at::isfinite(values).all().item<bool>()) fail(called(name) + " holds values that are not finite");
  return to_host(values);
}

const StoredTensor& InputFile::tensor(const std::string& name) const {
  const auto found = file_.tensors.find(name);
  if (found == file_.tensors.end()) fail(fmt::format("has no tensor {}, but {}", name, listed(names())));
  const auto& stored = found->second;
  if (stored.size() > file_.file->size())
    fail(fmt::format("{} repeats its values: {} promises more than is in the file", called(name),
                     fmt::join(stored.shape, "x")),
         "save what it should be with .contiguous()");
  return stored;
}

std::vector<std::string> InputFile::unused(const std::vector<std::string>& used) const {
  auto others = names();
  std::erase_if(others, [&](const std::string& name) {
    return std::ranges::find(used, name) != used.end() || belongs_to_upstream(name);
  });
  if (others.empty()) return {};
  return {fmt::format("{}: not used: {}", file_.file->name(), listed(others))};
}

void InputFile::fail(const std::string& what, const std::string& hint) const {
  throw Error(ErrorKind::input, fmt::format("{}: {}", file_.file->name(), what), hint);
}

std::string listed(const std::vector<std::string>& names) {
  return names.empty() ? "none at all" : first_of(names, /*shown=*/8);
}

}  // namespace octet
