#include "core/plan/plan.h"
#include "tests/fuzz/read_or_refuse.h"

using namespace octet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return test::read_or_refuse([&] {
    const auto plan = parse_plan(test::text_of(bytes, size), "fuzz");
    if (parse_plan(format_plan(plan), "again") != plan || parse_plan(compact_plan(plan), "again") != plan)
      std::abort();
    // Patterns are matched, and methods looked up.
    static const LayerTable kLayers{
        {"flow.a", LayerType::linear, "flow", {{"flow.a.weight", {2, 2}}}, false, Precision::fp32}};
    if (resolve(plan, kLayers).layers.size() != 1) std::abort();
  });
}
