#pragma once

#include <QDir>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>

#include "tests/ui/listen/fake_sound.h"
#include "tests/ui/workbench/opened.h"
#include "ui/export/export_dialog.h"
#include "ui/workbench/main_window.h"

namespace octet::test {

/// A window as it is after the program started, with a home of its own for what it writes.
struct Started {
  QTemporaryDir home;
  ui::MainWindow window;

  Started() : window(std::make_unique<FakeSound>()) {
    qputenv("HOME", home.path().toUtf8());
    QDir(home.path()).mkpath(QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation));
    window.resize(1280, 800);
    window.show();
    if (!QTest::qWaitForWindowActive(&window)) qFatal("the window is not active");
  }
  ui::Workbench& workbench() { return window.workbench(); }
  /// So that it is over in seconds; people wait for the ten steps there are.
  void hurry() {
    auto settings = workbench().settings();
    settings.steps = 2;
    settings.device = "cpu";
    settings.threads = 1;
    workbench().setSettings(settings);
  }
  Precision precision(const char* layer) {
    const auto& editor = *workbench().editor();
    const auto& table = editor.checkpoint().layers();
    const auto found = std::ranges::find(table, layer, &Layer::name);
    return editor.resolved().layers[static_cast<std::size_t>(found - table.begin())].effective.storage;
  }
  ui::ExportDialog& dialog() {
    auto* found = window.findChild<ui::ExportDialog*>();
    if (!found) qFatal("there is no export dialog");
    return *found;
  }
};

}  // namespace octet::test
