// Whether colours can be read.

#include <QApplication>
#include <QImage>
#include <QTest>
#include <cmath>

#include "ui/theme/primary_button.h"
#include "ui/theme/theme.h"

using namespace octet::ui;

namespace {

/// https://www.w3.org/TR/WCAG21/#dfn-relative-luminance
double luminance(const QColor& colour) {
  const auto linear = [](double part) {
    return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

/// https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
double contrast(const QColor& a, const QColor& b) {
  const double first = luminance(a), second = luminance(b);
  return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

constexpr double kText = 4.5;  // WCAG 2.1, 1.4.3, level AA

}  // namespace

class ThemeTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void text_can_be_read_data() {
    QTest::addColumn<int>("appearance");
    QTest::newRow("light") << static_cast<int>(Appearance::light);
    QTest::newRow("dark") << static_cast<int>(Appearance::dark);
  }

  void text_can_be_read() {
    QFETCH(int, appearance);
    apply_appearance(static_cast<Appearance>(appearance));
    const auto palette = QApplication::palette();
    std::vector<QColor> texts{palette.color(QPalette::Text),
                              palette.color(QPalette::PlaceholderText),
                              palette.color(QPalette::Link),
                              colours().positive,
                              colours().caution,
                              colours().negative,
                              colours().muted};
    for (int i = 0; i < 5; ++i) texts.push_back(run_colour(i));
    for (const auto& text : texts)
      for (const auto ground : {QPalette::Window, QPalette::Base, QPalette::AlternateBase})
        QVERIFY2(contrast(text, palette.color(ground)) >= kText,
                 qPrintable(QString("%1 on %2: %3")
                                .arg(text.name(), palette.color(ground).name())
                                .arg(contrast(text, palette.color(ground)))));
    QVERIFY(contrast(palette.color(QPalette::HighlightedText), palette.color(QPalette::Highlight)) >= kText);
    QVERIFY(contrast(palette.color(QPalette::ToolTipText), palette.color(QPalette::ToolTipBase)) >= kText);
    QVERIFY(contrast(palette.color(QPalette::ButtonText), palette.color(QPalette::Button)) >= kText);
  }

  void the_primary_button_is_filled_with_the_accent_of_the_palette() {
    PrimaryButton button("Go");
    button.move(400, 400);  // not under the mouse, which darkens it
    button.show();
    for (const auto appearance : {Appearance::dark, Appearance::light}) {
      apply_appearance(appearance);
      QCoreApplication::processEvents();
      const auto picture = button.grab().toImage();
      QCOMPARE(picture.pixelColor(8, picture.height() / 2).name(),
               QApplication::palette().color(QPalette::Highlight).name());
    }
  }
};

QTEST_MAIN(ThemeTest)
#include "test_theme.moc"
