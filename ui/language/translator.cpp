#include "ui/language/translator.h"

#include <QRegularExpression>
#include <cstring>

#include "ui/language/symbols.h"

namespace octet::ui {
namespace {

/// As lupdate calls it: in its C++ classes have no namespace. What names its context itself is called so.
const char* without_namespace(const char* context) {
  constexpr const char* kOurs = "octet::ui::";
  return std::strncmp(context, kOurs, std::strlen(kOurs)) == 0 ? context + std::strlen(kOurs) : context;
}

QString accented(const QString& text) {
  static const QString plain = QStringLiteral("AEIOUYaeiouycgnsz");
  static const QString strange = QStringLiteral("ÅÉÎØÛÝåéîøûýçĝñšž");
  auto said = text;
  for (auto& letter : said)
    if (const auto at = plain.indexOf(letter); at >= 0) letter = strange[at];
  return said;
}

}  // namespace

Translator::Translator(const QLocale& locale) {
  const auto folder = QStringLiteral(":/translations");
  if (!load(locale, QStringLiteral("octet"), QStringLiteral("_"), folder) &&
      !load(QStringLiteral("octet_en"), folder))
    qFatal("no translation, not even English");
}

QString Translator::translate(const char* context, const char* text, const char* disambiguation,
                              int n) const {
  const auto said = QTranslator::translate(context, text, disambiguation, n);
  return said.isEmpty() ? QTranslator::translate(without_namespace(context), text, disambiguation, n) : said;
}

QString PseudoTranslator::translate(const char* context, const char* text, const char*, int) const {
  if (std::strncmp(context, "octet::ui", std::strlen("octet::ui")) != 0) return {};
  const auto source = QString::fromUtf8(text);
  // Places of numbers, their units, mark-up and entities stay as they are.
  static const QRegularExpression kept(QStringLiteral("%L?[0-9n]+(?: (?:s|min)\\b)?|<[^>]*>|&[a-z]+;|") +
                                       symbols().pattern());
  QString said;
  qsizetype end = 0;
  for (const auto& match : kept.globalMatch(source)) {
    said += accented(source.mid(end, match.capturedStart() - end)) + match.captured();
    end = match.capturedEnd();
  }
  said += accented(source.mid(end));
  return QStringLiteral("[%1%2]").arg(said, QString(source.size() / 3, QChar(u'·')));
}

}  // namespace octet::ui
