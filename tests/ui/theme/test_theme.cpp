// Whether colours can be read.

#include <QApplication>
#include <QImage>
#include <QTest>
#include <array>
#include <cmath>

#include "ui/document/document.h"
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

/// Of OKLab, in which equal distances look about equally far (https://bottosson.github.io/posts/oklab).
std::array<double, 3> perceived(const QColor& colour) {
  const auto linear = [](double part) {
    return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
  };
  const double r = linear(colour.redF()), g = linear(colour.greenF()), b = linear(colour.blueF());
  const double l = std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const double m = std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const double s = std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return {0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
          1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
          0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

double apart(const QColor& a, const QColor& b) {
  const auto one = perceived(a), other = perceived(b);
  return std::hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
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
    for (int i = 0; i < Document::kMostPlans; ++i) texts.push_back(run_colour(i));
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

  /// 0.075 of OKLab is more than twice what is just told side by side; amber beside B's orange had 0.045.
  void a_colour_means_one_thing_data() { text_can_be_read_data(); }

  void a_colour_means_one_thing() {
    QFETCH(int, appearance);
    apply_appearance(static_cast<Appearance>(appearance));
    std::vector<QColor> meanings{colours().positive, colours().caution, colours().negative};
    for (int i = 0; i < Document::kMostPlans; ++i) meanings.push_back(run_colour(i));
    for (std::size_t i = 0; i < meanings.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        QVERIFY2(apart(meanings[i], meanings[j]) > 0.075,
                 qPrintable(QString("%1 and %2: %3")
                                .arg(meanings[i].name(), meanings[j].name())
                                .arg(apart(meanings[i], meanings[j]))));
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
