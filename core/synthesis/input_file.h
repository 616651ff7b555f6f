#pragma once

#include <string>
#include <vector>

#include "core/checkpoint/tensor_file.h"
#include "core/tensor/host_tensor.h"

namespace octet {

/// Tensors that are inputs of a request, checked when they are taken. Throws Error(input) naming the file and
/// the tensor.
class InputFile {
 public:
  explicit InputFile(TensorFile file) : file_(std::move(file)) {}

  std::vector<std::string> names() const;
  const TensorFile& file() const { return file_; }

  /// [N] or [1, N] of any integer type.
  std::vector<std::int64_t> ids(const std::string& name) const;
  /// The same, or whole numbers that fp32 or fp64 holds as they are. Half precision would have rounded ids,
  /// and is refused.
  std::vector<std::int64_t> whole_ids(const std::string& name) const;
  /// Of any floating type, as fp32; every value finite.
  HostTensor floats(const std::string& name) const;

  /// A sentence about the tensors that are not among `used`, to be told; none when there are none.
  std::vector<std::string> unused(const std::vector<std::string>& used) const;

  [[noreturn]] void fail(const std::string& what, const std::string& hint = {}) const;

 private:
  const StoredTensor& tensor(const std::string& name) const;

  TensorFile file_;
};

/// The first few of these names; "none at all".
std::string listed(const std::vector<std::string>& names);

}  // namespace octet
