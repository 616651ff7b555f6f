#pragma once

#include <QLocale>
#include <QTranslator>

namespace octet::ui {

/// What the window says, from resources/translations. English is in the sources; its file has singular and
/// plural.
class Translator : public QTranslator {
 public:
  /// The file for `locale`; English where there is none.
  explicit Translator(const QLocale& locale = QLocale());

  QString translate(const char* context, const char* text, const char* disambiguation, int n) const override;
};

/// Says everything in letters that nobody's language has, a third longer and in brackets: shows what is not
/// translated, and what has no room to be.
class PseudoTranslator : public QTranslator {
 public:
  bool isEmpty() const override { return false; }
  QString translate(const char* context, const char* text, const char* disambiguation, int n) const override;
};

}  // namespace octet::ui
