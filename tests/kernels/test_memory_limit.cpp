#include <QtTest>
#include <fstream>
#include <limits>

#include "core/kernels/memory_limit.h"

namespace {

constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();

/// A system's control groups, as files.
class Groups {
 public:
  explicit Groups(const std::string& membership) { write("membership", membership); }

  void write(const std::string& path, const std::string& text) const {
    const auto file = root_ / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  std::uint64_t room() const { return octet::bytes_within_limits(root_ / "membership", root_); }

 private:
  QTemporaryDir directory_;
  std::filesystem::path root_ = directory_.path().toStdString();
};

}  // namespace

class TestMemoryLimit : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void without_groups_there_is_no_limit() {
    QCOMPARE(octet::bytes_within_limits("/nowhere/cgroup", "/nowhere"), kNoLimit);
    QCOMPARE(Groups("0::/\n").room(), kNoLimit);
    QCOMPARE(Groups("nonsense\n").room(), kNoLimit);
  }

  void version_2_leaves_the_limit_less_what_is_held() {
    const Groups groups("0::/user.slice/shell.scope\n");
    groups.write("user.slice/shell.scope/memory.max", "1000000\n");
    groups.write("user.slice/shell.scope/memory.current", "400000\n");
    QCOMPARE(groups.room(), std::uint64_t(600'000));
    groups.write("user.slice/shell.scope/memory.stat", "anon 300000\ninactive_file 50000\nactive_file 9\n");
    QCOMPARE(groups.room(), std::uint64_t(650'000));
    groups.write("user.slice/shell.scope/memory.max", "max\n");
    QCOMPARE(groups.room(), kNoLimit);
  }

  void the_tightest_group_above_counts() {
    const Groups groups("0::/a/b\n");
    groups.write("a/b/memory.max", "900000\n");
    groups.write("a/b/memory.current", "1\n");
    groups.write("a/memory.max", "500000\n");
    groups.write("a/memory.current", "450000\n");
    QCOMPARE(groups.room(), std::uint64_t(50'000));
  }

  void version_1_is_read_from_its_memory_controller() {
    const Groups groups("5:devices:/other\n4:cpu,memory:/jobs/one\n0::/\n");
    groups.write("memory/jobs/one/memory.limit_in_bytes", "2000000\n");
    groups.write("memory/jobs/one/memory.usage_in_bytes", "1500000\n");
    groups.write("memory/jobs/one/memory.stat", "inactive_file 3\ntotal_inactive_file 100000\n");
    groups.write("memory/memory.limit_in_bytes", "9223372036854771712\n");  // what the root says
    groups.write("memory/memory.usage_in_bytes", "5000000\n");
    QCOMPARE(groups.room(), std::uint64_t(600'000));
  }

  /// The host's path, of which the container sees nothing: its own group is the root of the mount.
  void a_container_without_its_own_namespace_is_limited_too() {
    const Groups groups("4:memory:/docker/0123\n");
    groups.write("memory/memory.limit_in_bytes", "700000\n");
    groups.write("memory/memory.usage_in_bytes", "200000\n");
    QCOMPARE(groups.room(), std::uint64_t(500'000));
  }

  void a_group_beyond_its_limit_leaves_nothing() {
    const Groups groups("0::/\n");
    groups.write("memory.max", "1000\n");
    groups.write("memory.current", "2000\n");
    QCOMPARE(groups.room(), std::uint64_t(0));
  }
};

QTEST_GUILESS_MAIN(TestMemoryLimit)
#include "test_memory_limit.moc"
