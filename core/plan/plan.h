#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/layer.h"
#include "core/tensor/recipe.h"

namespace octet {

/// Where a plan file says something, for messages. Never part of a plan's equality.
struct PlanPlace {
  std::string origin;  ///< the file; empty for a plan made in memory
  int line = 0;

  bool operator==(const PlanPlace&) const { return true; }
};

/// What a rule or an override asks for.
struct Choice {
  Precision precision = Precision::int8;
  Method method = Method::weight_only;
  std::string options = {};  ///< the method's options as compact JSON with sorted keys; empty when none
  bool force = false;        ///< also for protected layers
  std::string reason = {};   ///< why, in the plan author's words
  PlanPlace place = {};      ///< where the file says so

  bool operator==(const Choice&) const = default;
};

/// Layers whose name matches a glob (`*` crosses dots, `?`, `{a,b}`), of one type where given.
struct Rule {
  std::string match;  ///< a pattern as core/plan/glob.h reads it
  std::optional<LayerType> type = {};
  Choice choice = {};

  bool operator==(const Rule&) const = default;
};

/// core/checkpoint/calibration.h
class Calibration;

/// What is requested of every layer: the last matching rule wins, `layers` beats rules, nothing matched means
/// `base`. The file format is docs/formats.md, "Plan".
struct PrecisionPlan {
  std::string name;
  Precision base =
      Precision::bf16;  ///< fp32, bf16 or fp16: type of weights that are not int8, and of activations
  std::vector<Rule> rules;
  std::map<std::string, Choice> layers;  ///< by layer name

  bool operator==(const PrecisionPlan&) const = default;
};

/// Reads a plan in UTF-8 or UTF-16. `origin` names the text in errors. Throws Error(input) naming origin, key
/// and line.
PrecisionPlan parse_plan(std::string_view json, std::string_view origin);
/// One rule a line, stable order. parse_plan(format_plan(p)) == p.
std::string format_plan(const PrecisionPlan& plan);
/// Compact JSON with sorted keys, as exports carry it. parse_plan(compact_plan(p)) == p.
std::string compact_plan(const PrecisionPlan& plan);

/// Built-in plans:
///   seed          the policy Octet starts from
///   seed-start    its first step: f0 predictor and HiFT ResBlocks, source ResBlocks included
///   all-int8      every Linear and convolution, by force; Embedding stays
///   linear-only   every Linear that is not protected
///   vocoder-only  every convolution of mel2wav that is not protected
///   all-base      no int8
/// The tokenizer stays fp32 unless included: then it is in `base`, and its layers of the types above are int8
/// (but for seed, seed-start and vocoder-only, whose lists hold none of it).
/// Throws Error(usage) for another name, or for a base of int8.
PrecisionPlan preset(std::string_view name, Precision base, bool include_tokenizer);
const std::vector<std::string>& preset_names();

/// What is done with one layer, and why.
struct Resolution {
  Recipe requested;
  Recipe effective;
  std::string reason = {};  ///< a sentence a user can act on
};

/// A plan applied to a layer table.
struct ResolvedPlan {
  PrecisionPlan plan;
  std::vector<Resolution> layers;                       ///< parallel to the layer table
  std::vector<std::string> warnings;                    ///< such as rules that match nothing
  std::shared_ptr<const Calibration> calibration = {};  ///< that recipes name; none where none was given
  bool empty =
      false;  ///< it says something of layers, but of none that there is or that a lacking component has
};

/// Applies `plan`.
/// A protected layer (core/plan/layer_role.h) that is not forced keeps what protects it, and says so. A layer
/// without a weight matrix is never int8, forced or not. Fixed tables are copied as stored.
/// A rule that matches nothing is a warning, and so is a name under `layers` of a component the table lacks;
/// rules about lacking components are silent, so that one plan serves a whole model and its parts.
/// A method that needs a calibration takes `calibration`, which is of this checkpoint; without one, and where
/// that has nothing of the layer, the layer is kept as its base, with the reason, and a warning, unless the
/// file has it made already. Throws Error(input) for another name under `layers` that no layer has,
/// Error(usage) for options that the method does not have.
ResolvedPlan resolve(const PrecisionPlan& plan, const LayerTable& layers,
                     std::shared_ptr<const Calibration> calibration = {});

/// The plan that keeps every layer as the checkpoint stores it (for an export: the plan it carries, under
/// "octet_plan"). Resolved, it gives every layer with a weight the precision it is stored in.
/// Throws Error(input) when the plan an export carries cannot be read.
PrecisionPlan stored_plan(const LayerTable& layers, const std::map<std::string, std::string>& metadata);

}  // namespace octet
