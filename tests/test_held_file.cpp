#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <thread>

#include "core/held_file.h"
#include "tests/checkpoint/tensor_files.h"

using namespace octet;
using namespace octet::test;

namespace {

/// Bytes that no longer fit into a pipe's buffer.
std::string long_text() {
  std::string text;
  for (int i = 0; text.size() < 3'000'000; ++i) text += std::to_string(i) + ' ';
  return text;
}

/// Writes into the file as it is, without making it anew.
void write_over(const std::filesystem::path& path, std::string_view bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  QVERIFY(fd >= 0);
  QCOMPARE(::write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  ::close(fd);
}

/// As if it had been written an hour ago: clocks of file systems tick slower than a test runs.
void make_old(const std::filesystem::path& path) {
  std::filesystem::last_write_time(path,
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
}

/// Gives `text` through `fd`, then closes it.
std::jthread feed(int fd, std::string text) {
  return std::jthread([fd, text = std::move(text)] {
    for (std::size_t at = 0; at < text.size();) {
      const auto count = ::write(fd, text.data() + at, text.size() - at);
      if (count <= 0) break;
      at += static_cast<std::size_t>(count);
    }
    ::close(fd);
  });
}

}  // namespace

class TestHeldFile : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    directory_ = std::make_unique<QTemporaryDir>();
    path_ = directory_->filePath("in.bin").toStdString();
    write_bytes(path_, "0123456789");
    make_old(path_);
  }

  void reads_from_any_place() {
    const auto file = HeldFile::open(path_);
    QCOMPARE(file->size(), 10u);
    QCOMPARE(file->text(), "0123456789");
    std::array<std::byte, 3> part{};
    file->read(4, part);
    QCOMPARE(std::memcmp(part.data(), "456", part.size()), 0);
    COMPARE_ERROR(file->read(8, part), input, path_.c_str());
  }

  void what_was_opened_is_read_whatever_has_its_name() {
    const auto file = HeldFile::open(path_);
    const auto other = path_.parent_path() / "other.bin";
    write_bytes(other, "abcdefghij");
    std::filesystem::rename(other, path_);
    QCOMPARE(file->text(), "0123456789");
    std::filesystem::remove(path_);
    QCOMPARE(file->text(), "0123456789");
  }

  void a_file_that_is_written_to_is_an_error_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("of the same size") << QByteArray("012345678X");
    QTest::newRow("the same bytes again") << QByteArray("0123456789");
    QTest::newRow("longer") << QByteArray("0123456789X");
    QTest::newRow("part of it") << QByteArray("X");
  }
  void a_file_that_is_written_to_is_an_error() {
    QFETCH(QByteArray, bytes);
    const auto file = HeldFile::open(path_);
    file->check_unchanged();
    write_over(path_, bytes.toStdString());
    COMPARE_ERROR(file->check_unchanged(), input, "it was opened");
    COMPARE_ERROR(file->text(), input, path_.c_str());
  }

  /// Of a file that is mapped, this would be the end of the process.
  void a_file_that_is_cut_short_is_an_error() {
    const auto text = long_text();
    write_bytes(path_, text);
    make_old(path_);
    const auto file = HeldFile::open(path_);
    QCOMPARE(::truncate(path_.c_str(), 5), 0);
    COMPARE_ERROR(file->text(), input, path_.c_str());
  }

  void another_name_or_other_permissions_are_no_change() {
    const auto file = HeldFile::open(path_);
    ::chmod(path_.c_str(), 0400);
    std::filesystem::create_hard_link(path_, path_.parent_path() / "link.bin");
    std::filesystem::rename(path_, path_.parent_path() / "renamed.bin");
    file->check_unchanged();
    QCOMPARE(file->text(), "0123456789");
  }

  void a_pipe_is_read_to_its_end() {
    const auto text = long_text();
    std::array<int, 2> ends{};
    QCOMPARE(::pipe2(ends.data(), O_CLOEXEC), 0);
    const auto writer = feed(ends[1], text);
    const auto file = HeldFile::open("/dev/fd/" + std::to_string(ends[0]));  // as bash names <(…)
    ::close(ends[0]);
    QCOMPARE(file->size(), text.size());
    QCOMPARE(file->text(), text);
    file->check_unchanged();
  }

  void a_named_pipe_is_read_to_its_end() {
    const auto pipe = path_.parent_path() / "pipe";
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    const auto text = long_text();
    const std::jthread opener([&] { feed(::open(pipe.c_str(), O_WRONLY | O_CLOEXEC), text).join(); });
    QCOMPARE(HeldFile::open(pipe)->text(), text);
  }

  void standard_input_is_a_dash() {
    const auto text = long_text();
    std::array<int, 2> ends{};
    QCOMPARE(::pipe2(ends.data(), O_CLOEXEC), 0);
    const int before = ::dup(STDIN_FILENO);
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    const auto writer = feed(ends[1], text);
    const auto file = HeldFile::open("-");
    ::dup2(before, STDIN_FILENO);
    ::close(before);
    QCOMPARE(file->text(), text);
    QCOMPARE(file->name(), "standard input");
  }

  /// A file there is read from where it stands: what a shell has read of it does not come again.
  void standard_input_goes_on_where_it_stands() {
    const int before = ::dup(STDIN_FILENO);
    const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    QCOMPARE(::lseek(fd, 4, SEEK_SET), off_t{4});
    ::dup2(fd, STDIN_FILENO);
    ::close(fd);
    const auto text = HeldFile::open("-")->text();
    ::dup2(before, STDIN_FILENO);
    ::close(before);
    QCOMPARE(text, "456789");
  }

  void says_what_cannot_be_read() {
    COMPARE_ERROR(HeldFile::open(path_.parent_path() / "absent"), input, "absent: No such file");
    COMPARE_ERROR(HeldFile::open(path_.parent_path()), input, "Is a directory");
    COMPARE_ERROR(HeldFile::open("/dev/zero"), input, "/dev/zero: not a regular file");
  }

 private:
  std::unique_ptr<QTemporaryDir> directory_;
  std::filesystem::path path_;
};

QTEST_GUILESS_MAIN(TestHeldFile)
#include "test_held_file.moc"
