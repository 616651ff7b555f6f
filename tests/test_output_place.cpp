#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QTemporaryDir>

#include "core/output_place.h"
#include "tests/checkpoint/tensor_files.h"

using namespace octet;
using namespace octet::test;
namespace fs = std::filesystem;

class TestOutputPlace : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    directory_ = std::make_unique<QTemporaryDir>();
    for (const auto* name : {"input", "other"}) write_bytes(in(name), name);
    fs::create_directory(in("folder"));
  }

  void links_lead_to_where_they_end() {
    fs::create_symlink("folder/made later", in("to nothing"));
    fs::create_symlink(in("to nothing"), in("folder/back"));
    for (const auto* name : {"to nothing", "folder/back"}) {
      const auto place = find_output_place(in(name));
      QVERIFY(place.kind == OutputPlace::Kind::file);
      QCOMPARE(fs::weakly_canonical(place.path), fs::canonical(in("folder")) / "made later");
    }
    fs::create_symlink("circle", in("circle"));
    COMPARE_ERROR(find_output_place(in("circle")), output, "Too many levels of symbolic links");
    COMPARE_ERROR(find_output_place(in("folder")), output, "folder: Is a directory");
  }

  void open_descriptors_are_known_by_every_name() {
    fs::create_symlink("/proc/self/fd/1", in("stdout"));
    fs::create_symlink("stdout", in("twice"));
    for (const fs::path& name : {fs::path("-"), fs::path("/dev/stdout"), fs::path("/dev/fd/1"), in("stdout"),
                                 in("twice"), fs::path("/proc/self/fd/1")}) {
      const auto place = find_output_place(name);
      QVERIFY2(place.kind == OutputPlace::Kind::descriptor && place.descriptor == 1, name.c_str());
    }
    write_bytes(in("1"), "");
    QVERIFY(find_output_place(in("1")).kind == OutputPlace::Kind::file);
  }

  void pipes_and_devices_are_streams() {
    QCOMPARE(::mkfifo(in("pipe").c_str(), 0600), 0);
    fs::create_symlink("/dev/null", in("null"));
    for (const auto& name : {in("pipe"), in("null"), fs::path("/dev/null")})
      QVERIFY2(find_output_place(name).kind == OutputPlace::Kind::stream, name.c_str());
  }

  void an_output_that_is_an_input_is_refused_data() {
    QTest::addColumn<QString>("output");
    QTest::addColumn<QString>("input");
    QTest::newRow("the same name") << "input"
                                   << "input";
    QTest::newRow("another way there") << "folder/../input"
                                       << "input";
    QTest::newRow("a symbolic link to it") << "symbolic"
                                           << "input";
    QTest::newRow("it, read through a link") << "input"
                                             << "symbolic";
    QTest::newRow("a link to a link") << "folder/symbolic"
                                      << "input";
    QTest::newRow("a hard link") << "hard"
                                 << "input";
    QTest::newRow("a hard link, read through a symbolic one") << "hard"
                                                              << "folder/symbolic";
    QTest::newRow("a link in the folder's place") << "linked folder/deep"
                                                  << "folder/deep";
  }
  void an_output_that_is_an_input_is_refused() {
    QFETCH(QString, output);
    QFETCH(QString, input);
    fs::create_symlink("input", in("symbolic"));
    fs::create_symlink("../symbolic", in("folder/symbolic"));
    fs::create_hard_link(in("input"), in("hard"));
    fs::create_symlink("folder", in("linked folder"));
    write_bytes(in("folder/deep"), "");
    const auto result = in(output.toStdString()), read = in(input.toStdString());
    check_outputs({result}, {});
    check_outputs({result}, {in("other")});
    const auto thrown = error_of([&] { check_outputs({"", in("free"), result}, {in("other"), "", read}); });
    QCOMPARE(int(thrown.kind()), int(ErrorKind::usage));
    QVERIFY2(QByteArray(thrown.what()).contains(result.c_str()), thrown.what());
    QVERIFY2(QByteArray(thrown.what()).contains(result == read ? "is read here" : read.c_str()),
             thrown.what());
  }

  void two_outputs_that_are_one_are_refused() {
    fs::create_symlink("folder", in("linked folder"));
    fs::create_symlink("folder/new", in("symbolic"));
    fs::create_hard_link(in("input"), in("hard"));
    const auto refused = [](const fs::path& one, const fs::path& other) {
      COMPARE_ERROR(check_outputs({one, "", other}, {}), usage, "are the same file");
      COMPARE_ERROR(check_outputs({other, one}, {}), usage, "are the same file");
    };
    refused(in("new"), in("new"));
    refused(in("folder/new"), in("linked folder/new"));
    refused(in("folder/new"), in("symbolic"));
    refused(in("input"), in("hard"));
    refused("-", "/dev/stdout");
    check_outputs({in("new"), in("newer"), in("folder/new"), in("input")}, {in("other")});
  }

  /// Nothing is lost in a device that keeps nothing.
  void devices_may_be_named_twice() { check_outputs({"/dev/null", "/dev/null"}, {"/dev/null", "/dev/zero"}); }

  /// octet … - <FILE -o FILE, and what a shell has opened for appending.
  void standard_input_and_output_count_as_what_they_are() {
    const Redirected from(STDIN_FILENO, in("input"), O_RDONLY);
    COMPARE_ERROR(check_outputs({in("input")}, {"-"}), usage, "standard input");
    const Redirected to(STDOUT_FILENO, in("other"), O_WRONLY | O_APPEND);
    const auto thrown = error_of([&] { check_outputs({"-"}, {in("other")}); });
    QCOMPARE(int(thrown.kind()), int(ErrorKind::usage));
  }

 private:
  /// A standard descriptor is a file in this scope.
  class Redirected {
   public:
    Redirected(int fd, const fs::path& path, int flags) : fd_(fd), before_(::dup(fd)) {
      const int file = ::open(path.c_str(), flags | O_CLOEXEC);
      ::dup2(file, fd);
      ::close(file);
    }
    ~Redirected() {
      ::dup2(before_, fd_);
      ::close(before_);
    }
    Redirected(const Redirected&) = delete;
    Redirected& operator=(const Redirected&) = delete;

   private:
    int fd_, before_;
  };

  fs::path in(const std::string& name) const { return directory_->filePath(name.c_str()).toStdString(); }

  std::unique_ptr<QTemporaryDir> directory_;
};

QTEST_GUILESS_MAIN(TestOutputPlace)
#include "test_output_place.moc"
