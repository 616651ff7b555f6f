#include "ui/spectrogram/gradients.h"

#include <initializer_list>

#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr int kLevels = 256;

QCPColorGradient evenly(std::initializer_list<QColor> stops) {
  QCPColorGradient gradient;
  gradient.clearColorStops();
  gradient.setLevelCount(kLevels);
  gradient.setNanHandling(QCPColorGradient::nhTransparent);
  double position = 0;
  for (const auto& stop : stops) {
    gradient.setColorStopAt(position, stop);
    position += 1.0 / static_cast<double>(stops.size() - 1);
  }
  return gradient;
}

}  // namespace

QCPColorGradient level_gradient(LevelPalette palette) {
  switch (palette) {
    // Every eighth of matplotlib's tables (CC0).
    case LevelPalette::viridis:
      return evenly({QColor("#440154"), QColor("#472d7b"), QColor("#3b528b"), QColor("#2c728e"),
                     QColor("#21918c"), QColor("#28ae80"), QColor("#5ec962"), QColor("#addc30"),
                     QColor("#fde725")});
    case LevelPalette::magma:
      return evenly({QColor("#000004"), QColor("#1d1147"), QColor("#51127c"), QColor("#832681"),
                     QColor("#b73779"), QColor("#e75263"), QColor("#fc8961"), QColor("#fec488"),
                     QColor("#fcfdbf")});
    case LevelPalette::grey: break;
  }
  return evenly({colours().plot, QColor(brightness() == Brightness::dark ? "#f2f2f2" : "#101010")});
}

QCPColorGradient difference_gradient() {
  if (brightness() == Brightness::dark)
    return evenly(
        {QColor("#a9d3ff"), QColor("#2f7fd6"), colours().plot, QColor("#d0453c"), QColor("#ffc2b5")});
  return evenly({QColor("#053061"), QColor("#4393c3"), colours().plot, QColor("#d6604d"), QColor("#67001f")});
}

}  // namespace octet::ui
