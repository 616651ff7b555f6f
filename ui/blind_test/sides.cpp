#include "ui/blind_test/sides.h"

#include "ui/runs/run_names.h"

namespace octet::ui {

BlindTest::Side side_of(const Run& run) {
  return {slot_name(run.slot()).toStdString(), run.plan.toStdString(), run.key.recipes.toHex().toStdString()};
}

bool is_of(const BlindTest& test, const BlindTest::Side& side, const Run& run) {
  const auto here = side_of(run);
  return here.run == side.run && here.recipes == side.recipes && run.clip.toStdString() == test.clip &&
         run.voice.toStdString() == test.voice && run.key.steps == test.steps &&
         run.key.seed == test.noise_seed;
}

}  // namespace octet::ui
