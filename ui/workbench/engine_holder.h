#pragma once

#include <memory>

#include "core/kernels/device.h"
#include "core/synthesis/engine.h"
#include "core/synthesis/stage_cache.h"
#include "ui/workbench/workbench.h"

namespace octet::ui {

/// The engine, made on the lane of the device because starting a GPU takes a second. Only that lane uses it.
struct Workbench::EngineHolder {
  std::shared_ptr<const Checkpoint> checkpoint;
  QString device;
  int threads;
  std::unique_ptr<Engine> engine;

  const Engine& get() {
    if (!engine) {
      auto chosen = parse_device(device.toStdString());
      chosen.threads = threads;
      engine = std::make_unique<Engine>(checkpoint, chosen, StageCache::kForEditing);
    }
    return *engine;
  }
};

}  // namespace octet::ui
