// The README's commands work as written. Blocks fenced "```sh run" are run, in order, by one shell, in a
// folder where build/bin/octet and resources/ are this build's. In every "```sh" block octet's commands and
// options must exist.

#include <QDir>
#include <QFile>
#include <QMap>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

namespace {

const QString kReadme = OCTET_SOURCE_DIR "/README.md";

struct Block {
  int line = 0;  // of its first command
  QString info;  // what follows the opening fence
  QString text;
};

QList<Block> blocks_of(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) qFatal("cannot read %s", qPrintable(path));
  QList<Block> blocks;
  bool inside = false;
  int number = 0;
  for (const QString& line : QString::fromUtf8(file.readAll()).split('\n')) {
    ++number;
    if (line.startsWith("```")) {
      inside = !inside;
      if (inside) blocks << Block{number + 1, line.mid(3).trimmed(), {}};
    } else if (inside) {
      blocks.last().text += line + '\n';
    }
  }
  return blocks;
}

// The lines of a block that call octet, continued lines joined, without the program's name and comments.
QStringList octet_calls(const Block& block) {
  static const QRegularExpression continued(R"(\\\n\s*)");
  static const QRegularExpression call(R"(^(?:build/bin/)?octet\s+(.*)$)");
  static const QRegularExpression comment(R"(\s+#.*$)");
  QStringList calls;
  for (QString line : QString(block.text).replace(continued, " ").split('\n')) {
    const auto match = call.match(line.remove(comment).trimmed());
    if (match.hasMatch()) calls << match.captured(1);
  }
  return calls;
}

// What `octet COMMAND --help` prints; empty for a command that octet does not know.
QString help_of(const QStringList& command) {
  static QMap<QStringList, QString> known;
  if (!known.contains(command)) {
    QProcess octet;
    octet.start(OCTET_BINARY, command + QStringList{"--help"});
    const bool fine = octet.waitForFinished(60'000) && octet.exitCode() == 0;
    known[command] = fine ? QString::fromUtf8(octet.readAllStandardOutput()) : QString();
  }
  return known[command];
}

// "plan new" for `plan new --preset seed`: leading words, as long as octet knows them as commands.
QStringList command_of(const QStringList& words) {
  static const QRegularExpression name("^[a-z][a-z-]*$");
  QStringList command;
  for (const QString& word : words) {
    if (command.size() == 2 || !name.match(word).hasMatch() || help_of(command + QStringList{word}).isEmpty())
      break;
    command << word;
  }
  return command;
}

}  // namespace

class ReadmeTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void commands_and_options_exist_data() {
    QTest::addColumn<QString>("call");
    for (const Block& block : blocks_of(kReadme))
      if (block.info.startsWith("sh"))
        for (const QString& call : octet_calls(block))
          QTest::addRow("line %d: %s", block.line, qPrintable(call.left(60))) << call;
  }

  void commands_and_options_exist() {
    QFETCH(QString, call);
    const QStringList words = QProcess::splitCommand(call);
    const QStringList command = command_of(words);
    QVERIFY2(!command.isEmpty(), qPrintable("octet has no command " + words.first()));
    const QString help = help_of(command) + help_of({});
    static const QRegularExpression option("^(--?[a-z][a-z-]*)");
    for (const QString& word : words.mid(command.size())) {
      const auto match = option.match(word);
      if (!match.hasMatch()) continue;
      const QRegularExpression listed(
          "(^|[\\s,\\[])" + QRegularExpression::escape(match.captured(1)) + "($|[\\s,=\\]])",
          QRegularExpression::MultilineOption);
      QVERIFY2(help.contains(listed),
               qPrintable("octet " + command.join(' ') + " has no option " + match.captured(1)));
    }
  }

  void runnable_blocks_run() {
    QString script;
    for (const Block& block : blocks_of(kReadme))
      if (block.info == "sh run") script += QString("# README.md:%1\n").arg(block.line) + block.text;
    QVERIFY2(script.contains("build/bin/octet "), "the README has runnable commands");

    QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkpath("build/bin"));
    QVERIFY(QFile::link(OCTET_BINARY, folder.filePath("build/bin/octet")));
    QVERIFY(QFile::link(OCTET_SOURCE_DIR "/resources", folder.filePath("resources")));
    QProcess shell;
    shell.setWorkingDirectory(folder.path());
    shell.setProcessChannelMode(QProcess::MergedChannels);
    shell.start("bash", {"-e", "-u", "-o", "pipefail", "-v", "-c", script});
    QVERIFY2(shell.waitForFinished(280'000), "the README's commands take less than five minutes");
    QVERIFY2(shell.exitCode() == 0, shell.readAll().right(4000).constData());
  }
};

QTEST_GUILESS_MAIN(ReadmeTest)
#include "test_readme.moc"
