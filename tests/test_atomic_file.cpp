#include <QTemporaryDir>
#include <QtTest>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "core/atomic_file.h"
#include "core/error.h"

using namespace octet;
namespace fs = std::filesystem;

class TestAtomicFile : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;

  fs::path path(const std::string& name) const { return fs::path(dir_.path().toStdString()) / name; }

  static std::string read(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path("")), fs::directory_iterator()));
  }

 private Q_SLOTS:
  void a_failing_writer_leaves_the_previous_file_and_no_temporary() {
    write_file_atomically(path("a"), [](std::ostream& out) { out << "before"; });
    const std::size_t before = files();
    QVERIFY_EXCEPTION_THROWN(write_file_atomically(path("a"),
                                                   [](std::ostream& out) {
                                                     out << "half";
                                                     throw std::runtime_error("stop");
                                                   }),
                             std::runtime_error);
    QCOMPARE(read(path("a")), std::string("before"));
    QCOMPARE(files(), before);
  }

  void a_full_disk_is_an_output_error_with_its_reason() {
    if (!fs::exists("/dev/full")) QSKIP("no /dev/full here");
    try {
      write_file_atomically("/dev/full", [](std::ostream& out) { out << std::string(1 << 20, 'x'); });
      QFAIL("wrote to a full device");
    } catch (const Error& error) {
      QCOMPARE(error.kind(), ErrorKind::output);
      QVERIFY2(QString(error.what()).contains("No space left"), error.what());
    }
    QVERIFY(fs::is_character_file("/dev/full"));
  }

  void a_link_stays_a_link() {
    write_file_atomically(path("target"), [](std::ostream& out) { out << "old"; });
    fs::create_symlink("target", path("link"));
    write_file_atomically(path("link"), [](std::ostream& out) { out << "new"; });
    QVERIFY(fs::is_symlink(path("link")));
    QCOMPARE(read(path("target")), std::string("new"));
  }

  void a_folder_is_refused() {
    QVERIFY_EXCEPTION_THROWN(write_file_atomically(path(""), [](std::ostream&) {}), Error);
  }
};

QTEST_GUILESS_MAIN(TestAtomicFile)
#include "test_atomic_file.moc"
