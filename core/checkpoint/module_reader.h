#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/tensor_file.h"
#include "core/quant/schemes.h"
#include "core/tensor/layer.h"

namespace octet {

enum class Bias { no, yes };
enum class Affine { no, yes };

/// An extent that the file does not tell: anything fits. So negative that products, halves and sums with real
/// extents stay negative.
inline constexpr std::int64_t kAnyExtent = -(std::int64_t{1} << 40);

inline bool known(std::int64_t extent) { return extent >= 0; }

/// Holds what a file has against the modules of one component, as it is told of them one by one, and notes
/// layers and faults. Shapes are what PyTorch's modules of these names have.
class ModuleReader {
 public:
  using Tensors = std::map<std::string, StoredTensor, std::less<>>;

  ModuleReader(const Tensors& tensors, const Schemes& schemes, std::string_view component)
      : tensors_(tensors), schemes_(schemes), component_(component) {}

  // ---- Modules

  void linear(const std::string& name, std::int64_t out, std::int64_t in, Bias bias);
  void conv1d(const std::string& name, Shape weight, Bias bias);
  void conv2d(const std::string& name, Shape weight);
  void embedding(const std::string& name, Shape weight);
  /// A convolution with weight norm, in two parts or folded.
  void weight_normed_conv1d(const std::string& name, const Shape& weight);
  void weight_normed_conv_transpose1d(const std::string& name, const Shape& weight);
  void layer_norm(const std::string& name, std::int64_t width);
  void batch_norm(const std::string& name, std::int64_t channels, Affine affine = Affine::yes);
  void snake(const std::string& name, std::int64_t channels);
  void parameter(const std::string& name, const Shape& shape);
  /// Recreated by upstream when absent.
  void buffer(const std::string& name, const Shape& shape);

  /// Notes a fault unless `fine`: what shapes alone do not hold.
  void require(bool fine, const std::string& fault);

  // ---- What the file says

  bool has(const std::string& name) const { return tensors_.contains(name); }
  bool has_any(const std::string& prefix) const;
  /// An extent of a tensor; kAnyExtent where it is not there or wild.
  std::int64_t size(const std::string& name, std::size_t dim) const;
  /// The same of a weight that may be in two parts.
  std::int64_t weight_size(const std::string& layer, std::size_t dim) const;
  /// prefix + first … prefix + the largest number that follows `prefix` in a name; at least one.
  std::vector<std::string> numbered(const std::string& prefix, int first = 0) const;

  // ---- What was found

  LayerTable layers;
  std::vector<std::string> missing;  ///< as in ModelReading
  std::vector<std::string> wrong;
  std::vector<std::string> absent;
  std::set<std::string_view> used;  ///< tensors of the file

 private:
  struct Part {
    std::string_view name;
    Shape shape;
  };

  void dense(const std::string& name, LayerType type, Shape weight, Bias bias);
  void weight_normed(const std::string& name, LayerType type, const Shape& weight, std::int64_t out);
  void layer(const std::string& name, LayerType type, const std::vector<Part>& parts);
  Layer new_layer(const std::string& name, LayerType type) const;
  void add_part(Layer& made, const std::string& name, const Shape& shape);
  void finish(Layer made);
  void expect_int8(Layer& made);
  const StoredTensor* expect(const std::string& name, const Shape& shape);
  const StoredTensor* expect_floating(const std::string& name, const Shape& shape);
  void check_type(const std::string& name, const StoredTensor& tensor);

  const Tensors& tensors_;
  const Schemes& schemes_;
  std::string_view component_;
};

}  // namespace octet
