#pragma once

#include <QColor>
#include <QPalette>

namespace octet::ui {

enum class Brightness { light, dark };
/// What the person chose.
enum class Appearance { system, light, dark };

/// Colours and fonts of the whole window, for this appearance. Panels ask `colours()` when they paint, and
/// again on QEvent::PaletteChange.
void apply_appearance(Appearance appearance);

/// Colours that carry meaning, for the palette in use. Told apart by people who see red and green alike, and
/// readable (contrast 4.5 or more) as text on the base colour.
struct Colours {
  QColor positive;  ///< within the floor, verified
  QColor caution;   ///< above the floor, protected
  QColor negative;  ///< far above the floor, failed
  QColor faint;     ///< grid lines, borders
  QColor muted;     ///< secondary text
  QColor plot;      ///< background of plots
};
const Colours& colours();

/// The colour of the run in slot `index` everywhere: A blue, B orange, then others; nine before they come
/// again.
QColor run_colour(int index);

/// Shades of one colour that is no run's, for parts of a whole: `index` of `count`, darkest first.
QColor shade(int index, int count);

/// A colour for a value between -1 and 1: neutral at 0, teal below, brown above, the further the stronger.
QColor diverging(double value);

/// Of black and white, what can be read on this.
QColor readable_on(const QColor& background);

/// Which of the two the palette in use is.
Brightness brightness();

/// Space between things, in device-independent pixels: use multiples of it.
inline constexpr int kSpacing = 4;

}  // namespace octet::ui
