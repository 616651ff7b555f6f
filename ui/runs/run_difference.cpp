#include "ui/runs/run_difference.h"

#include <QStringList>

#include "ui/language/sentences.h"
#include "ui/language/tr.h"

namespace octet::ui {
namespace {

int layers_otherwise(const ResolvedPlan& plan, const ResolvedPlan& other) {
  int count = 0;
  for (std::size_t i = 0; i < plan.layers.size(); ++i)
    count += plan.layers[i].effective == other.layers[i].effective ? 0 : 1;
  return count;
}

}  // namespace

QString difference_in_words(const Run& run, const Run& other) {
  QStringList said;
  const auto &key = run.key, &before = other.key;
  if (const int layers = layers_otherwise(*run.resolved, *other.resolved); layers > 0)
    said << tr("%n layers otherwise", nullptr, layers);
  if (key.voice != before.voice)
    said << (key.voice.empty() ? tr("in the clip's own voice") : tr("in the voice %1").arg(run.voice));
  if (key.steps != before.steps)
    said << (key.steps == 0 ? tr("by as many Euler steps as it was trained for")
                            : tr("by %n Euler steps", nullptr, key.steps));
  if (key.seed != before.seed) said << tr("noise seed %1").arg(key.seed);
  if (key.device != before.device) said << tr("computed on %1").arg(key.device);
  if (key.threads != before.threads)
    said << (key.threads == 0 ? tr("by a thread for each core") : tr("by %n threads", nullptr, key.threads));
  return listed(said);
}

}  // namespace octet::ui
