#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/outputs.h"
#include "core/metrics/text_table.h"
#include "core/plan/size.h"

namespace octet::cli {
namespace {

using nlohmann::ordered_json;

std::string shape_text(const Shape& shape) {
  std::string text = "[";
  for (const auto extent : shape) text += (text.size() > 1 ? "," : "") + std::to_string(extent);
  return text + "]";
}

/// Bytes of a layer as it lies in the file, magnitude of weight norm not counted.
std::uint64_t stored_bytes(const Layer& layer) {
  std::uint64_t sum = 0;
  for (const auto& tensor : layer.tensors)
    sum += static_cast<std::uint64_t>(element_count(tensor.shape)) * size_of(tensor.stored);
  return sum;
}

const LayerTensor* main_tensor(const Layer& layer) {
  return layer.tensors.empty() ? nullptr : &layer.tensors.front();
}

struct Sizes {
  PlanSize stored;
  PlanSize base;
  PlanSize seed;
};

Sizes sizes_of(const Checkpoint& checkpoint) {
  const auto size = [&](const PrecisionPlan& plan) {
    return plan_size(checkpoint.layers(), resolve(plan, checkpoint.layers()));
  };
  return {size(stored_plan(checkpoint.layers(), checkpoint.metadata())),
          size(preset("all-base", Precision::bf16, false)), size(preset("seed", Precision::bf16, false))};
}

ordered_json json_of(const Checkpoint& checkpoint, const Sizes& sizes, const ResolvedPlan* verdicts) {
  ordered_json out{{"format", "octet-inspect"},
                   {"version", 1},
                   {"path", checkpoint.path().string()},
                   {"bytes", checkpoint.file_bytes()},
                   {"variant", std::string(to_string(checkpoint.variant()))}};
  out["components"] = ordered_json::array();
  for (std::size_t i = 0; i < sizes.stored.components.size(); ++i) {
    const auto& stored = sizes.stored.components[i];
    const auto& base = sizes.base.components[i];
    const auto& seed = sizes.seed.components[i];
    out["components"].push_back({{"name", stored.component},
                                 {"parameters", stored.parameters},
                                 {"bytes", stored.bytes},
                                 {"bytes_bf16", base.bytes},
                                 {"bytes_seed", seed.bytes},
                                 {"seed_int8_layers", seed.int8_layers},
                                 {"seed_int8_weights", seed.int8_weights}});
  }
  const auto stored = sizes.stored.total(), base = sizes.base.total(), seed = sizes.seed.total();
  out["total"] = {{"parameters", stored.parameters},
                  {"bytes", stored.bytes},
                  {"bytes_bf16", base.bytes},
                  {"bytes_seed", seed.bytes},
                  {"seed_int8_layers", seed.int8_layers},
                  {"seed_int8_weights", seed.int8_weights}};
  out["unexpected"] = checkpoint.unexpected();
  out["absent"] = checkpoint.absent();
  out["warnings"] = warnings_of(checkpoint);
  if (!verdicts) return out;
  out["layers"] = ordered_json::array();
  const auto& layers = checkpoint.layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto* tensor = main_tensor(layers[i]);
    out["layers"].push_back({{"name", layers[i].name},
                             {"type", std::string(to_string(layers[i].type))},
                             {"shape", tensor ? tensor->shape : Shape{}},
                             {"parameters", layers[i].parameters()},
                             {"bytes", stored_bytes(layers[i])},
                             {"stored", std::string(to_string(layers[i].stored))},
                             {"seed", std::string(to_string(verdicts->layers[i].effective.storage))},
                             {"reason", verdicts->layers[i].reason}});
  }
  return out;
}

std::string text_of(const Checkpoint& checkpoint, const Sizes& sizes, const ResolvedPlan* verdicts) {
  std::string text = checkpoint.path().string() + "\n" + std::string(to_string(checkpoint.variant())) + ", " +
                     megabytes(checkpoint.file_bytes()) + ", " + std::to_string(checkpoint.layers().size()) +
                     " layers\n\n";
  std::vector<std::vector<std::string>> rows{
      {"component", "parameters", "stored", "bf16 strategy", "seed int8", "int8 layers", "int8 weights"}};
  const auto row = [&](const std::string& name, const ComponentSize& stored, const ComponentSize& base,
                       const ComponentSize& seed) {
    rows.push_back({name, std::to_string(stored.parameters), megabytes(stored.bytes), megabytes(base.bytes),
                    megabytes(seed.bytes), std::to_string(seed.int8_layers),
                    std::to_string(seed.int8_weights)});
  };
  for (std::size_t i = 0; i < sizes.stored.components.size(); ++i)
    row(sizes.stored.components[i].component, sizes.stored.components[i], sizes.base.components[i],
        sizes.seed.components[i]);
  row("total", sizes.stored.total(), sizes.base.total(), sizes.seed.total());
  text += align_columns(rows, 1);

  for (const auto& component : sizes.base.components)
    if (component.component == "tokenizer" && 2 * component.bytes > sizes.base.total().bytes)
      text += "\nThe speech tokenizer stays fp32 (half precision changes tokens): it is " +
              std::to_string(100 * component.bytes / sizes.base.total().bytes) +
              " % of the bf16 strategy.\nAn export of flow and mel2wav alone leaves it out: octet export … "
              "--components flow,mel2wav\n";
  for (const auto& name : checkpoint.absent()) text += "absent, recreated: " + name + "\n";
  for (const auto& name : checkpoint.unexpected()) text += "not used: " + name + "\n";
  if (!verdicts) return text;

  rows = {{"layer", "type", "shape", "seed", "reason", "parameters", "bytes"}};
  const auto& layers = checkpoint.layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto* tensor = main_tensor(layers[i]);
    rows.push_back({layers[i].name, std::string(to_string(layers[i].type)),
                    tensor ? shape_text(tensor->shape) : "",
                    std::string(to_string(verdicts->layers[i].effective.storage)), verdicts->layers[i].reason,
                    std::to_string(layers[i].parameters()), std::to_string(stored_bytes(layers[i]))});
  }
  return text + '\n' + align_columns(rows, 5);
}

}  // namespace

void add_inspect(CLI::App& app, const Globals& globals) {
  struct Options {
    std::string checkpoint;
    bool layers = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("inspect",
                                     "What a checkpoint holds, and what the seed policy says of it.\n"
                                     "Example: octet inspect s3gen.safetensors --layers");
  command->add_option("CKPT", options->checkpoint, "checkpoint (.safetensors, .pt or an export)")->required();
  command->add_flag("--layers", options->layers, "every layer with type, shape, size, verdict and reason");
  command->callback([options, &globals] {
    const auto checkpoint = open_checkpoint(options->checkpoint, globals);
    const auto sizes = sizes_of(*checkpoint);
    const auto verdicts = resolve(preset("seed", Precision::bf16, false), checkpoint->layers());
    const auto* shown = options->layers ? &verdicts : nullptr;
    if (globals.json) return print_json(json_of(*checkpoint, sizes, shown));
    print(text_of(*checkpoint, sizes, shown));
  });
}

}  // namespace octet::cli
