#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "core/atomic_file.h"
#include "tests/checkpoint/tensor_files.h"

using namespace octet;
using namespace octet::test;

namespace {

/// What was asked of the file system, in order.
std::vector<std::string> asked;

}  // namespace

// In place of the C library's, to see them.
extern "C" int fsync(int file) {
  struct stat status {};
  asked.emplace_back(::fstat(file, &status) == 0 && S_ISDIR(status.st_mode) ? "fsync folder" : "fsync file");
  return static_cast<int>(::syscall(SYS_fsync, file));
}
extern "C" int rename(const char* from, const char* to) noexcept {
  asked.emplace_back("rename");
  return static_cast<int>(::syscall(SYS_rename, from, to));
}

namespace {

void write_text(const std::filesystem::path& path, std::string_view text) {
  write_file_atomically(path, [&](const ByteSink& sink) { sink(std::as_bytes(std::span(text))); });
}

/// Files can grow to `bytes` only, in this scope.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

/// Root may write everywhere: become nobody in this scope.
class WithoutPrivilege {
 public:
  WithoutPrivilege() {
    if (::geteuid() == 0) changed_ = ::seteuid(65534) == 0;
  }
  ~WithoutPrivilege() {
    if (changed_ && ::seteuid(0) != 0) qFatal("cannot become root again");
  }

 private:
  bool changed_ = false;
};

}  // namespace

class TestAtomicFile : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    directory_ = std::make_unique<QTemporaryDir>();
    path_ = directory_->filePath("out.bin").toStdString();
  }

  void creates_and_replaces() {
    write_text(path_, "one");
    QCOMPARE(read_bytes(path_), "one");
    ::chmod(path_.c_str(), 0640);
    write_text(path_, "two");
    QCOMPARE(read_bytes(path_), "two");
    struct stat status {};
    QCOMPARE(::stat(path_.c_str(), &status), 0);
    QCOMPARE(status.st_mode & 0777u, 0640u);
    QCOMPARE(files(), 1);
  }

  /// After a power cut at any moment, the name stands for whole bytes: old or new ones.
  void bytes_are_on_the_disk_before_their_name() {
    asked.clear();
    write_text(path_, "one");
    QCOMPARE(asked, (std::vector<std::string>{"fsync file", "rename", "fsync folder"}));
  }

  void a_relative_name_goes_to_the_working_directory() {
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(directory_->path().toStdString());
    write_text("out.bin", "here");
    std::filesystem::current_path(before);
    QCOMPARE(read_bytes(path_), "here");
  }

  void when_the_producer_fails_the_previous_file_stays() {
    write_text(path_, "previous");
    QVERIFY_THROWS_EXCEPTION(std::logic_error, write_file_atomically(path_, [](const ByteSink& sink) {
                               sink(std::vector<std::byte>(1000));
                               throw std::logic_error("broken");
                             }));
    QCOMPARE(read_bytes(path_), "previous");
    QCOMPARE(files(), 1);
  }

  void a_file_that_grows_too_large_leaves_nothing() {
    write_text(path_, "previous");
    {
      const FileSizeLimit limit(4096);
      COMPARE_ERROR(write_text(path_, std::string(10'000, 'x')), output, "File too large");
    }
    QCOMPARE(read_bytes(path_), "previous");
    QCOMPARE(files(), 1);
  }

  void a_full_disk_leaves_nothing() {
    const auto disk = directory_->filePath("disk").toStdString();
    std::filesystem::create_directory(disk);
    if (::mount("none", disk.c_str(), "tmpfs", 0, "size=64k") != 0) QSKIP("needs the right to mount a tmpfs");
    const auto path = std::filesystem::path(disk) / "out.bin";
    write_text(path, "previous");
    const auto thrown = error_of([&] { write_text(path, std::string(1'000'000, 'x')); });
    const auto kept = read_bytes(path);
    const auto left = QDir(QString::fromStdString(disk)).entryList(QDir::Files | QDir::Hidden).size();
    ::umount(disk.c_str());
    QCOMPARE(static_cast<int>(thrown.kind()), static_cast<int>(ErrorKind::output));
    QVERIFY2(QByteArray(thrown.what()).contains("No space left on device"), thrown.what());
    QVERIFY2(QByteArray(thrown.what()).contains(path.c_str()), thrown.what());
    QVERIFY(!thrown.hint().empty());
    QCOMPARE(kept, "previous");
    QCOMPARE(left, 1);
  }

  void says_why_a_place_cannot_be_written() {
    const auto path = [this](const char* name) {
      return std::filesystem::path(directory_->filePath(name).toStdString());
    };
    COMPARE_ERROR(write_text(path("absent/out.bin"), "x"), output, "No such file or directory");
    COMPARE_ERROR(write_text(path(""), "x"), output, "Is a directory");
    write_text(path_, "x");
    COMPARE_ERROR(write_text(path_ / "below", "x"), output, "Not a directory");
  }

  void a_link_stays_and_what_it_leads_to_is_replaced() {
    const auto link = path_.parent_path() / "link", deeper = path_.parent_path() / "deeper";
    std::filesystem::create_symlink("out.bin", link);
    std::filesystem::create_symlink("link", deeper);
    for (const auto* text : {"made", "replaced"}) {
      write_text(deeper, text);
      QVERIFY(std::filesystem::is_symlink(link) && std::filesystem::is_symlink(deeper));
      QVERIFY(!std::filesystem::is_symlink(path_));
      QCOMPARE(read_bytes(path_), text);
    }
  }

  void pipes_and_devices_are_written_through() {
    const auto pipe = path_.parent_path() / "pipe", null = path_.parent_path() / "null";
    const auto text = std::string(1'000'000, 'x') + "end";
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    std::string read;
    {
      const std::jthread reader([&] { read = read_bytes(pipe); });
      check_writable(pipe);  // does not open it: its reader would see an end
      write_text(pipe, text);
    }
    QCOMPARE(read.size(), text.size());
    QVERIFY(read == text && std::filesystem::is_fifo(pipe));

    std::filesystem::create_symlink("/dev/null", null);
    write_text(null, text);
    QVERIFY(std::filesystem::is_symlink(null) && std::filesystem::is_character_file("/dev/null"));
    COMPARE_ERROR(write_text("/dev/full", text), output, "/dev/full: No space left on device");
  }

  /// What a shell has opened, by a name that leads to it: a private one, not the machine's /dev/stdout.
  void an_open_descriptor_is_written_where_it_stands() {
    const int fd = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    QCOMPARE(::write(fd, "before ", 7), ssize_t{7});
    const auto link = path_.parent_path() / "link";
    std::filesystem::create_symlink("/proc/self/fd/" + std::to_string(fd), link);
    write_text(link, "result");
    QCOMPARE(::write(fd, " after", 6), ssize_t{6});
    ::close(fd);
    QCOMPARE(read_bytes(path_), "before result after");
    QVERIFY(std::filesystem::is_symlink(link));
    COMPARE_ERROR(check_writable(link), output, "Bad file descriptor");  // it is closed now
  }

  /// Whoever opened it did not want to wait: we do.
  void a_pipe_that_is_full_is_waited_for() {
    std::array<int, 2> ends{};
    QCOMPARE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    const auto text = std::string(1'000'000, 'x');
    std::string read;
    {
      const std::jthread reader([&] {
        std::array<char, 4096> part{};
        while (read.size() < text.size()) {
          const auto count = ::read(ends[0], part.data(), part.size());
          if (count > 0) read.append(part.data(), static_cast<std::size_t>(count));
          if (count < 0) std::this_thread::yield();
        }
      });
      write_text("/dev/fd/" + std::to_string(ends[1]), text);
    }
    QVERIFY(read == text);
    ::close(ends[0]);
    ::close(ends[1]);
  }

  void the_longest_name_can_be_written() {
    const auto path = path_.parent_path() / std::string(255, 'n');
    write_text(path, "one");
    write_text(path, "two");
    QCOMPARE(read_bytes(path), "two");
    QCOMPARE(files(), 1);
    COMPARE_ERROR(write_text(path_.parent_path() / std::string(256, 'n'), "x"), output, "File name too long");
  }

  void new_files_have_the_permissions_the_user_wants() {
    const auto before = ::umask(0027);
    write_text(path_, "x");
    ::umask(before);
    struct stat status {};
    QCOMPARE(::stat(path_.c_str(), &status), 0);
    QCOMPARE(status.st_mode & 07777u, 0640u);
  }

  void a_file_that_is_replaced_keeps_its_owner() {
    if (::geteuid() != 0) QSKIP("only root may give files away");
    write_text(path_, "one");
    QCOMPARE(::chown(path_.c_str(), 12345, 23456), 0);
    ::chmod(path_.c_str(), 04750);
    write_text(path_, "two");
    struct stat status {};
    QCOMPARE(::stat(path_.c_str(), &status), 0);
    QCOMPARE(status.st_uid, 12345u);
    QCOMPARE(status.st_gid, 23456u);
    QCOMPARE(status.st_mode & 07777u, 04750u);
  }

  /// Whoever cannot give the file away owns the new one: the group of the old one gets no rights in
  /// another's.
  void a_group_that_cannot_be_kept_gets_nothing() {
    if (::geteuid() != 0) QSKIP("needs a file of somebody else");
    ::chmod(directory_->path().toLocal8Bit(), 0777);
    write_text(path_, "one");
    QCOMPARE(::chown(path_.c_str(), 0, 23456), 0);
    ::chmod(path_.c_str(), 0676);  // its group may do all, and all others may write
    {
      const WithoutPrivilege nobody;
      write_text(path_, "two");
    }
    struct stat status {};
    QCOMPARE(::stat(path_.c_str(), &status), 0);
    QCOMPARE(status.st_uid, 65534u);
    QCOMPARE(status.st_mode & 07777u, 0606u);
    QCOMPARE(read_bytes(path_), "two");
  }

  void a_read_only_file_is_not_replaced() {
    ::chmod(directory_->path().toLocal8Bit(), 0777);
    write_text(path_, "previous");
    ::chmod(path_.c_str(), 0444);
    {
      const WithoutPrivilege nobody;
      COMPARE_ERROR(write_text(path_, "x"), output, "Permission denied");
      COMPARE_ERROR(check_writable(path_), output, "Permission denied");
    }
    QCOMPARE(read_bytes(path_), "previous");
  }

  void a_read_only_directory_is_named() {
    QFile::setPermissions(directory_->path(),
                          QFile::ReadOwner | QFile::ExeOwner | QFile::ReadOther | QFile::ExeOther);
    {
      const WithoutPrivilege nobody;
      COMPARE_ERROR(write_text(path_, "x"), output, "Permission denied");
      COMPARE_ERROR(write_text(path_, "x"), output, path_.c_str());
    }
    QFile::setPermissions(directory_->path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    QCOMPARE(files(), 0);
  }

 private:
  int files() const {
    return static_cast<int>(QDir(directory_->path()).entryList(QDir::Files | QDir::Hidden).size());
  }

  std::unique_ptr<QTemporaryDir> directory_;
  std::filesystem::path path_;
};

QTEST_GUILESS_MAIN(TestAtomicFile)
#include "test_atomic_file.moc"
