#include <QApplication>

#include "ui/theme/theme.h"

int main(int argc, char** argv) {
  const QApplication application(argc, argv);
  octet::ui::apply_appearance(octet::ui::Appearance::system);
  return 0;
}
