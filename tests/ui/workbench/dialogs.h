#pragma once

#include <QAbstractButton>
#include <QTest>

namespace octet::test {

/// Rows for a test of each dialog that a menu opens, by the text of its "action".
inline void add_dialogs_of_menus() {
  QTest::addColumn<QString>("action");
  for (const auto* action :
       {"&Export the plan's checkpoint…", "&Compare the plans of A and B…", "Ca&librate on speech…",
        "St&udy sensitivity…", "&Validate…", "Ris&ks…", "&Preferences…"})
    QTest::newRow(action) << QString::fromUtf8(action);
}

inline void click(const QWidget& window, const char* name) {
  auto* button = window.findChild<QAbstractButton*>(name);
  if (!button) qFatal("there is no %s", name);
  button->click();
}

}  // namespace octet::test
