#pragma once

#include <QSignalSpy>
#include <memory>

#include "ui/workbench/workbench.h"

#define TRY(condition) QTRY_VERIFY_WITH_TIMEOUT(condition, octet::test::kPatience)

namespace octet::test {

inline constexpr int kPatience = 240'000;  // ms; a loaded machine with one core takes about 30 s

/// A workbench that the demo voice is open in, which speaks by one step on one thread of the CPU.
inline std::unique_ptr<ui::Workbench> opened() {
  auto workbench = std::make_unique<ui::Workbench>();
  QSignalSpy opened(workbench.get(), &ui::Workbench::documentReplaced);
  workbench->openDemo();
  if (!opened.wait(kPatience)) qFatal("the demo voice does not open");
  auto settings = workbench->settings();
  settings.steps = 1;
  settings.device = "cpu";
  settings.threads = 1;
  workbench->setSettings(settings);
  return workbench;
}

}  // namespace octet::test
