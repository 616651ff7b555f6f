#pragma once

#include <dlfcn.h>

#include <QAccessible>
#include <QStringList>

namespace octet::test {

/// In the place of a screen reader: hears what the window announces. One at a time.
class ScreenReader {
 public:
  ScreenReader() {
    set_active(true);
    heard_.clear();
    QAccessible::installUpdateHandler(hear);
  }
  ~ScreenReader() {
    QAccessible::installUpdateHandler(nullptr);
    set_active(false);
  }
  ScreenReader(const ScreenReader&) = delete;
  ScreenReader& operator=(const ScreenReader&) = delete;

  void forget() { heard_.clear(); }
  qsizetype times_heard(const QString& part = {}) const { return heard_.filter(part).size(); }
  bool heard(const QString& part) const { return times_heard(part) > 0; }
  /// All of it, for the message of a test that fails.
  QByteArray words() const { return heard_.join(QStringLiteral(" | ")).toUtf8(); }

 private:
  /// Qt says nothing before somebody listens. Only the platform's part of it learns that, whose headers are
  /// not public.
  static void set_active(bool active) {
    const auto symbol = [](const char* name) {
      auto* found = dlsym(RTLD_DEFAULT, name);
      if (!found) qFatal("this Qt has no %s", name);
      return found;
    };
    void* platform = *static_cast<void**>(symbol("_ZN22QGuiApplicationPrivate20platform_integrationE"));
    const auto of =
        reinterpret_cast<void* (*)(const void*)>(symbol("_ZNK20QPlatformIntegration13accessibilityEv"));
    const auto set =
        reinterpret_cast<void (*)(void*, bool)>(symbol("_ZN22QPlatformAccessibility9setActiveEb"));
    set(of(platform), active);
  }

  static void hear(QAccessibleEvent* event) {
    if (event->type() != QAccessible::Alert) return;
    const auto* said = event->accessibleInterface();
    heard_ << said->text(QAccessible::Name) + '\n' + said->text(QAccessible::Description);
  }

  inline static QStringList heard_;  // a handler is a plain function
};

}  // namespace octet::test
