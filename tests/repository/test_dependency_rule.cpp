// Who may include whom: app -> ui -> core, and inside core only upwards in the list of docs/architecture.md.

#include <QDir>
#include <QDirIterator>
#include <QFileInfo>
#include <QMap>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

namespace {

const QDir kRoot(OCTET_SOURCE_DIR);

struct Include {
  QString spelling;  // as written, without quotes or brackets
  QString file;      // relative to the repository; empty when it is not one of ours
  int line = 0;
};

QStringList lines_of(const QString& file) {
  QFile source(kRoot.filePath(file));
  if (!source.open(QIODevice::ReadOnly)) qFatal("cannot read %s", qPrintable(source.fileName()));
  return QString::fromUtf8(source.readAll()).split('\n');
}

QStringList sources_below(const QString& folder) {
  QStringList files;
  QDirIterator entries(kRoot.filePath(folder), {"*.h", "*.cpp", "*.cu", "*.cuh"}, QDir::Files,
                       QDirIterator::Subdirectories);
  while (entries.hasNext()) files << kRoot.relativeFilePath(entries.next());
  files.sort();
  return files;
}

// What one file includes. Conditional includes count too: a rule that holds for one build only is not held.
QList<Include> includes_of(const QString& file) {
  static const QRegularExpression directive("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]");
  QList<Include> includes;
  const QStringList lines = lines_of(file);
  for (int i = 0; i < lines.size(); ++i) {
    const auto match = directive.match(lines[i]);
    if (!match.hasMatch()) continue;
    Include include{match.captured(1), {}, i + 1};
    const QString beside = QDir::cleanPath(QFileInfo(file).path() + '/' + include.spelling);
    for (const QString& candidate : {include.spelling, beside})
      if (include.file.isEmpty() && QFileInfo(kRoot.filePath(candidate)).isFile()) include.file = candidate;
    includes << include;
  }
  return includes;
}

QString place(const QString& file, const Include& include) {
  return QString("%1:%2 includes %3").arg(file).arg(include.line).arg(include.spelling);
}

bool is_qt(const QString& spelling) {
  static const QRegularExpression qt("^(Q[A-Z]|Qt|q[a-z0-9]+\\.h$)");
  return qt.match(spelling).hasMatch();
}

bool is_torch(const QString& spelling) {
  static const QRegularExpression torch("^(torch|ATen|c10|caffe2)/");
  return torch.match(spelling).hasMatch();
}

// The first way from `file` through our own headers to one of Torch's, as "a -> b -> ATen/ATen.h"; empty when
// none.
QString way_to_torch(const QString& file, QSet<QString>& visited) {
  if (visited.contains(file)) return {};
  visited.insert(file);
  for (const Include& include : includes_of(file)) {
    if (is_torch(include.spelling)) return file + " -> " + include.spelling;
    if (include.file.isEmpty()) continue;
    const QString rest = way_to_torch(include.file, visited);
    if (!rest.isEmpty()) return file + " -> " + rest;
  }
  return {};
}

// The folders of core in the order docs/architecture.md lists them.
QStringList documented_core_folders() {
  static const QRegularExpression entry("^  ([a-z0-9_]+)/\\s");
  QStringList folders;
  bool in_core = false;
  for (const QString& line : lines_of("docs/architecture.md")) {
    if (!line.startsWith("  ")) in_core = line.startsWith("core/");
    const auto match = entry.match(line);
    if (in_core && match.hasMatch()) folders << match.captured(1);
  }
  return folders;
}

// "core/plan/plan.h" -> "plan"; "core/error.h", which everything in core may use -> "".
QString core_folder(const QString& file) {
  const QStringList parts = file.split('/');
  return parts.size() > 2 ? parts[1] : QString();
}

}  // namespace

class DependencyRuleTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void upper_folders_are_not_included_from_below() {
    const QMap<QString, QStringList> allowed{{"core", {"core", "third_party"}},
                                             {"ui", {"ui", "core", "third_party"}},
                                             {"app", {"app", "ui", "core", "third_party"}}};
    QStringList violations;
    for (const QString& folder : allowed.keys())
      for (const QString& file : sources_below(folder))
        for (const Include& include : includes_of(file))
          if (!include.file.isEmpty() && !allowed[folder].contains(include.file.section('/', 0, 0)))
            violations << place(file, include);
    QVERIFY2(!sources_below("core").isEmpty() && !sources_below("app").isEmpty(), OCTET_SOURCE_DIR);
    QVERIFY2(violations.isEmpty(), qPrintable(violations.join('\n')));
  }

  void own_headers_are_included_by_their_full_path() {
    QStringList violations;
    for (const char* folder : {"core", "ui", "app"})
      for (const QString& file : sources_below(folder))
        for (const Include& include : includes_of(file))
          if (!include.file.isEmpty() && include.file != include.spelling) violations << place(file, include);
    QVERIFY2(violations.isEmpty(), qPrintable(violations.join('\n')));
  }

  void core_includes_no_qt() {
    QStringList violations;
    for (const QString& file : sources_below("core"))
      for (const Include& include : includes_of(file))
        if (is_qt(include.spelling)) violations << place(file, include);
    QVERIFY2(violations.isEmpty(), qPrintable(violations.join('\n')));
  }

  void ui_and_app_reach_no_torch_header() {
    QStringList violations;
    for (const QString& file : sources_below("ui") + sources_below("app")) {
      QSet<QString> visited;
      const QString way = way_to_torch(file, visited);
      if (!way.isEmpty()) violations << way;
    }
    QVERIFY2(violations.isEmpty(), qPrintable(violations.join('\n')));
  }

  void core_folders_are_documented() {
    const QStringList documented = documented_core_folders();
    QVERIFY2(documented.size() > 5, "docs/architecture.md lists the folders of core");
    for (const QString& folder : QDir(kRoot.filePath("core")).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
      QVERIFY2(documented.contains(folder), qPrintable(folder + " is missing from docs/architecture.md"));
  }

  void core_folders_use_only_what_is_above_them() {
    const QStringList order = documented_core_folders();
    QStringList violations;
    for (const QString& file : sources_below("core"))
      for (const Include& include : includes_of(file)) {
        if (!include.file.startsWith("core/")) continue;
        // Files directly in core/ come before every folder: index -1.
        if (order.indexOf(core_folder(include.file)) > order.indexOf(core_folder(file)))
          violations << place(file, include);
      }
    QVERIFY2(violations.isEmpty(), qPrintable(violations.join('\n')));
  }
};

QTEST_GUILESS_MAIN(DependencyRuleTest)
#include "test_dependency_rule.moc"
