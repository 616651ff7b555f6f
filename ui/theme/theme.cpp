#include "ui/theme/theme.h"

#include <QApplication>
#include <QPainter>
#include <QProxyStyle>
#include <QStyleFactory>
#include <QStyleOption>
#include <algorithm>
#include <array>
#include <cmath>

namespace octet::ui {
namespace {

Brightness brightness_of(const QPalette& palette) {
  return palette.color(QPalette::Window).lightness() < 128 ? Brightness::dark : Brightness::light;
}

QPalette palette_of(Brightness brightness) {
  const bool dark = brightness == Brightness::dark;
  const QColor window(dark ? "#22252b" : "#f3f4f6"), base(dark ? "#191b20" : "#ffffff");
  const QColor text(dark ? "#e4e6ea" : "#1d2129"), disabled(dark ? "#7c828c" : "#8b919b");
  const QColor button(dark ? "#30343c" : "#fbfbfc"), accent(dark ? "#3573d6" : "#1f66d0");
  QPalette palette(button, window);
  palette.setColor(QPalette::Base, base);
  palette.setColor(QPalette::AlternateBase, QColor(dark ? "#1e2127" : "#f7f8fa"));
  for (const auto role :
       {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText}) {
    palette.setColor(role, text);
    palette.setColor(QPalette::Disabled, role, disabled);
  }
  palette.setColor(QPalette::PlaceholderText, QColor(dark ? "#9aa1ac" : "#666d79"));
  palette.setColor(QPalette::ToolTipBase, QColor(dark ? "#32363f" : "#ffffff"));
  palette.setColor(QPalette::Highlight, accent);
  palette.setColor(QPalette::HighlightedText, Qt::white);
  palette.setColor(QPalette::Disabled, QPalette::Highlight, QColor(dark ? "#3b4048" : "#c9ced6"));
  palette.setColor(QPalette::Link, QColor(dark ? "#7fb0ff" : "#1f66d0"));
  return palette;
}

/// Fusion, whose boxes to check and to choose from have outlines darker than a dark window: there they are
/// drawn again in a colour that is seen.
class Style : public QProxyStyle {
 public:
  Style() : QProxyStyle(QStyleFactory::create("Fusion")) {}

  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override {
    QProxyStyle::drawPrimitive(element, option, painter, widget);
    const bool radio = element == PE_IndicatorRadioButton;
    if ((!radio && element != PE_IndicatorCheckBox) || brightness() == Brightness::light) return;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(colours().muted);
    painter->setBrush(Qt::NoBrush);
    const auto box = QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5);
    radio ? painter->drawEllipse(box) : painter->drawRect(box);
    painter->restore();
  }
};

/// Asked once, before ours replaces it.
Brightness system_brightness() {
  static const Brightness found = brightness_of(QApplication::style()->standardPalette());
  return found;
}

/// So much of `one`, the rest of `other`.
QColor mix(const QColor& one, const QColor& other, double share) {
  const auto part = [&](int a, int b) { return static_cast<int>(share * a + (1 - share) * b); };
  return {part(one.red(), other.red()), part(one.green(), other.green()), part(one.blue(), other.blue())};
}

}  // namespace

void apply_appearance(Appearance appearance) {
  const auto system = system_brightness();
  const auto chosen = appearance == Appearance::system ? system
                      : appearance == Appearance::dark ? Brightness::dark
                                                       : Brightness::light;
  QApplication::setStyle(new Style);
  QApplication::setPalette(palette_of(chosen));
}

QColor shade(int index, int count) {
  // The palest still stands 3 : 1 against the background, as graphics should.
  const double share = 0.9 - 0.4 * index / std::max(1, count - 1);
  return mix(QApplication::palette().color(QPalette::Text), colours().plot, share);
}

QColor diverging(double value) {
  // Teal and brown (Brewer's BrBG): no run's, and told apart by people who see red and green alike.
  const bool dark = brightness() == Brightness::dark;
  const QColor below(dark ? "#5ab4ac" : "#01665e"), above(dark ? "#d8b365" : "#8c510a");
  return mix(value < 0 ? below : above, colours().faint, std::min(1.0, std::abs(value)));
}

QColor readable_on(const QColor& background) {
  // Where both stand equally against it, by WCAG's relative luminance.
  constexpr float kMiddle = 0.179F;
  const auto linear = [](float part) {
    return part <= 0.04045F ? part / 12.92F : std::pow((part + 0.055F) / 1.055F, 2.4F);
  };
  const auto luminance = 0.2126F * linear(background.redF()) + 0.7152F * linear(background.greenF()) +
                         0.0722F * linear(background.blueF());
  return luminance > kMiddle ? Qt::black : Qt::white;
}

Brightness brightness() { return brightness_of(QApplication::palette()); }

const Colours& colours() {
  static const Colours light{QColor("#14713c"), QColor("#7a6200"), QColor("#b3261e"),
                             QColor("#d5d9df"), QColor("#5a616d"), QColor("#ffffff")};
  static const Colours dark{QColor("#62c48b"), QColor("#f2dc5d"), QColor("#ff8a80"),
                            QColor("#3a3f48"), QColor("#a4abb6"), QColor("#14161a")};
  return brightness() == Brightness::dark ? dark : light;
}

QColor run_colour(int index) {
  // A and B from Okabe and Ito's palette, darkened for text on white; all apart from what colours() mean.
  static const std::array light{QColor("#0f62b3"), QColor("#b04f00"), QColor("#8a3fb0"),
                                QColor("#00727f"), QColor("#a81f6e"), QColor("#422484"),
                                QColor("#6c1e30"), QColor("#424200"), QColor("#004860")};
  static const std::array dark{QColor("#6fb1ff"), QColor("#ffa14f"), QColor("#c79bff"),
                               QColor("#3fc8e0"), QColor("#ff8fd0"), QColor("#4fe8c6"),
                               QColor("#b8962e"), QColor("#bcd4b0"), QColor("#8d84ff")};
  const auto& table = brightness() == Brightness::dark ? dark : light;
  return table.at(static_cast<std::size_t>(index) % table.size());
}

}  // namespace octet::ui
