#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/layer.h"
#include "core/tensor/recipe.h"

namespace octet {

/// What plans, files and sizes ask of a method. A new method is a row in methods.cpp, a file that makes its
/// weights (quantize.h), the tensors that it has in a file (stored_parts.h), and, where it computes in
/// another way, an operation (core/ops).
struct MethodTraits {
  Method method;
  /// Its options, a JSON object or an empty text, in the one spelling that recipes have: compact, keys
  /// sorted, defaults left out, empty when nothing is left. Throws Error(usage) naming what it does not have.
  std::string (*spelled)(std::string_view options);
  /// Why it does not take a layer that has a weight, as the end of a sentence; empty where it does.
  std::string (*refusal)(const Layer& layer, std::string_view options);
  /// What is to be known of a layer that it takes, as a sentence; empty where there is nothing.
  std::string (*doubt)(const Layer& layer, std::string_view options);
  std::span<const std::string_view> compared;  ///< options that tables have a line for
  bool rounds_inputs = false;                  ///< at run time, so that products are of integers
  /// Its options with the hash of the calibration that its weights are made with; none for methods that never
  /// need one.
  std::string (*calibrated)(std::string_view options, const std::string& sha256) = nullptr;
  /// Whether it needs one by these options.
  bool (*needs_calibration)(std::string_view options) = [](std::string_view) { return false; };
};

/// One way to make int8, as tables compare them.
struct MethodVariant {
  Method method;
  std::string options;
};

/// In words: "dynamic scales=token".
std::string to_string(const MethodVariant& variant);

/// Every method, with its defaults and with the options worth a line of their own.
std::vector<MethodVariant> method_variants();

const MethodTraits& traits_of(Method method);

/// Whether layers of this recipe round their inputs, by all that is in them.
bool rounds_inputs(const Recipe& recipe);

/// Whether the weights of a recipe are made with a calibration.
bool needs_calibration(const Recipe& recipe);
bool needs_calibration(const MethodVariant& variant);

/// SHA-256 of the calibration that such a recipe names; empty where it names none.
std::string calibration_of(const Recipe& recipe);

/// `options` in the method's spelling.
std::string spelled_options(Method method, std::string_view options);

}  // namespace octet
