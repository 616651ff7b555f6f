#pragma once

#include <QTest>
#include <memory>

#include "tests/ui/listen/fake_sound.h"
#include "tests/ui/workbench/opened.h"
#include "ui/workbench/main_window.h"

namespace octet::test {

/// Shown, with the demo voice opened.
inline std::unique_ptr<ui::MainWindow> window_of_the_demo() {
  auto window = std::make_unique<ui::MainWindow>(std::make_unique<FakeSound>());
  window->show();
  window->workbench().openDemo();
  if (!QTest::qWaitFor([&] { return window->workbench().checkpoint() != nullptr; }, kPatience))
    qFatal("the demo voice does not open");
  return window;
}

}  // namespace octet::test
