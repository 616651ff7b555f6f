#include <QtTest>
#include <random>

#include "core/checkpoint/pickle.h"
#include "core/kernels/proc_file.h"
#include "tests/checkpoint/tensor_files.h"
#include "tests/random_seed.h"

using namespace octet;
using namespace octet::test;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

/// Offset, size and stride of a tensor that is all of its storage.
const std::string whole("K\0K\x06\x85K\x01\x85", 8);

/// Instructions for a tensor of a storage of 6 elements, whose offset, size and stride can be chosen.
std::string rebuilt(const std::string& view) {
  using namespace std::string_literals;
  return "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"s
         "0X\x03\0\0\0cpuK\x06tQ"s +
         view + "\x89NtR";
}

/// The pickle of {"x": such a tensor}.
std::string pickle_of_view(const std::string& view) {
  using namespace std::string_literals;
  return "\x80\x02}X\x01\0\0\0x"s + rebuilt(view) + "s.";
}

}  // namespace

class TestPickle : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void a_view_must_stay_in_its_storage_data() {
    QTest::addColumn<QByteArray>("view");
    QTest::addColumn<bool>("fits");
    QTest::newRow("whole") << QByteArray("K\0K\x06\x85K\x01\x85", 8) << true;
    QTest::newRow("end") << QByteArray("K\x05K\x01\x85K\x01\x85", 8) << true;
    QTest::newRow("transposed") << QByteArray("K\0K\x03K\x02\x86K\x01K\x03\x86", 12) << true;
    QTest::newRow("one too many") << QByteArray("K\0K\x07\x85K\x01\x85", 8) << false;
    QTest::newRow("offset beyond") << QByteArray("K\x06K\x01\x85K\x01\x85", 8) << false;
    QTest::newRow("stride beyond") << QByteArray("K\0K\x03\x85K\x03\x85", 8) << false;
    QTest::newRow("negative offset") << QByteArray("J\xff\xff\xff\xffK\x01\x85K\x01\x85", 11) << false;
    QTest::newRow("negative size") << QByteArray("K\0J\xff\xff\xff\xff\x85K\x01\x85", 11) << false;
    QTest::newRow("negative stride") << QByteArray("K\x05K\x06\x85J\xff\xff\xff\xff\x85", 11) << false;
    QTest::newRow("ranks differ") << QByteArray("K\0K\x06\x85K\x01K\x01\x86", 10) << false;
    QTest::newRow("overflow") << QByteArray("K\0K\x02\x85\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85", 16)
                              << false;
    QTest::newRow("stretched") << QByteArray("K\0K\xff\x85K\0\x85", 8) << true;  // Tensor.expand
    const QByteArray huge("\x8a\x06\0\0\0\0\0\x01", 8);                          // 2^40
    QTest::newRow("stretched beyond all memory")
        << QByteArray("K\0", 2) + huge + "K\1\x86" + QByteArray("K\0K\0\x86", 5) << true;
    QTest::newRow("stretched beyond all machines")
        << QByteArray("K\0", 2) + huge + huge + "\x86" + QByteArray("K\0K\0\x86", 5) << false;
  }
  void a_view_must_stay_in_its_storage() {
    QFETCH(QByteArray, view);
    QFETCH(bool, fits);
    const auto pickle = pickle_of_view(view.toStdString());
    if (!fits) {
      COMPARE_ERROR(read_pickle(bytes_of(pickle), "p"), input, "p is damaged");
      return;
    }
    QCOMPARE(read_pickle(bytes_of(pickle), "p").tensors.at("x").storage_size, 6);
  }

  void what_refers_to_itself_is_entered_once() {
    using namespace std::string_literals;
    // A list that holds itself and a tensor.
    const auto pickle = "\x80\x02]q\x01(h\x01"s + rebuilt(whole) + "e.";
    const auto tensors = read_pickle(bytes_of(pickle), "p").tensors;
    QCOMPARE(tensors.size(), 1u);
    QVERIFY(tensors.contains("1"));
  }

  void refuses_pickles_that_tie_knots() {
    using namespace std::string_literals;
    // Lists of lists: ten times as many paths on each level.
    auto bomb = "\x80\x02]"s + rebuilt(whole) + "aq\0"s;
    for (char i = 1; i < 16; ++i) {
      bomb += "](";
      for (int k = 0; k < 10; ++k) bomb += "h"s + static_cast<char>(i - 1);
      bomb += "eq"s + i;
    }
    COMPARE_ERROR(read_pickle(bytes_of(bomb + "."), "p"), input, "refers to itself too often");
    COMPARE_ERROR(
        read_pickle(bytes_of("\x80\x02" + std::string(300, ']') + std::string(299, 'a') + "."), "p"), input,
        "nests too deep");
    COMPARE_ERROR(read_pickle(bytes_of("\x80\x06."s), "p"), input, "protocol 2 to 5");
    COMPARE_ERROR(read_pickle(bytes_of("\x80\x02."s), "p"), input, "stack is empty");
    COMPARE_ERROR(read_pickle(bytes_of("\x80\x02X\xff\xff\xff\xff."s), "p"), input, "truncated");
    COMPARE_ERROR(read_pickle(bytes_of("\x80\x02}r\xff\xff\xff\xffj\xff\xff\xff\xfe."s), "p"), input,
                  "refers to nothing");
    // A call whose only argument is what it gives.
    COMPARE_ERROR(read_pickle(bytes_of("\x80\x02"
                                       "ctorch._utils\n_rebuild_tensor_v2\n]q\1R."s),
                              "p"),
                  input, "wrong tensor");
  }

  void a_tensor_has_64_dimensions_at_most() {
    using namespace std::string_literals;
    const auto of_rank = [](int rank) {
      std::string extents = "(", strides = "(";
      for (int i = 0; i < rank; ++i) extents += "K\x01", strides += "K\0"s;
      return pickle_of_view("K\0"s + extents + "t" + strides + "t");
    };
    QCOMPARE(read_pickle(bytes_of(of_rank(64)), "p").tensors.at("x").shape.size(), 64u);
    COMPARE_ERROR(read_pickle(bytes_of(of_rank(65)), "p"), input, "more than 64 dimensions");
    COMPARE_ERROR(read_pickle(bytes_of(of_rank(1'000'000)), "p"), input, "more than 64 dimensions");
  }

  /// Each of 20 million bytes an instruction that makes or remembers something.
  void small_pickles_do_not_take_much_memory_data() {
    QTest::addColumn<QByteArray>("unit");
    for (const char* unit : {"]", "}", ")", "(", "N", "\x94", "]\x94", "K\1", "\x85"})
      QTest::addRow("%02x", static_cast<unsigned char>(unit[0])) << QByteArray(unit);
    QTest::newRow("recalled") << QByteArray("h\0", 2);
  }
  void small_pickles_do_not_take_much_memory() {
    QFETCH(QByteArray, unit);
    const auto pickle = "\x80\x04]\x94" + unit.repeated(20'000'000 / unit.size()).toStdString() + ".";
    std::ofstream("/proc/self/clear_refs") << 5;  // the peak begins anew
    const auto before = read_kilobytes("/proc/self/status", "VmHWM:");
    COMPARE_ERROR(read_pickle(bytes_of(pickle), "p"), input, "more than 4 million values");
    // 4 million values of 56 bytes, and a place on the stack and in the memo for each.
    const auto taken = read_kilobytes("/proc/self/status", "VmHWM:") - before;
    QVERIFY2(taken < 700'000'000, qPrintable(QString("%1 bytes").arg(taken)));
  }

  /// What stands beside good weights is a stranger's business.
  void unknown_objects_are_opaque_data() {
    using namespace std::string_literals;
    QTest::addColumn<QByteArray>("thing");
    const auto row = [](const char* name, const std::string& thing) {
      QTest::newRow(name) << QByteArray::fromStdString(thing);
    };
    row("call", "cos\nsystem\nX\x04\0\0\0true\x85R"s);
    row("object with state", "cargparse\nNamespace\n)\x81}X\x01\0\0\0aK\x01sb"s);
    row("dict of a class", "cmy\nDict\n)R(K\1K\2u"s);
    row("list of a class", "cmy\nList\n)R(K\1K\2e"s);
    row("set", "c__builtin__\nset\n](K\1K\2e\x85R"s);
    row("set of protocol 4", "\x8f(K\1K\2\x90"s);
    row("frozenset", "(K\1K\2\x91"s);
    row("bytes", "B\x02\0\0\0\0\1C\1\0\x86"s);
    row("bytearray", "\x96\x02\0\0\0\0\0\0\0\0\1"s);
    row("large integer", "\x8a\x09\0\0\0\0\0\0\0\0\1"s);
    row("larger integer", "\x8b\x09\0\0\0\0\0\0\0\0\0\0\0\1"s);
    row("named arguments", "cmy\nT\n)}\x92"s);
    row("class by names", "\x8c\x02my\x8c\x01T\x93"s);
    row("text of Python 2", "U\x02\xff\xfe"s);
    row("in a frame", "\x95\x01\0\0\0\0\0\0\0N"s);
    row("dropped", "NN0"s);
  }
  void unknown_objects_are_opaque() {
    using namespace std::string_literals;
    QFETCH(QByteArray, thing);
    const auto pickle =
        "\x80\x04}(X\x01\0\0\0a"s + thing.toStdString() + "X\x01\0\0\0x"s + rebuilt(whole) + "u.";
    const auto tensors = read_pickle(bytes_of(pickle), "p").tensors;
    QCOMPARE(tensors.size(), 1u);
    QCOMPARE(tensors.at("x").shape, octet::Shape{6});
  }

  void lists_of_integers_are_found() {
    using namespace std::string_literals;
    const auto lists = read_pickle(bytes_of("\x80\x02}(X\x01\0\0\0a](K\1M\0\1J\xfe\xff\xff\xff\x8a\x01\xff"
                                            "eX\x01\0\0\0b](K\1GAAAAAAAAeX\x01\0\0\0c]u."s),
                                   "p")
                           .integers;
    QCOMPARE(lists.size(), 1u);
    QCOMPARE(lists.at("a"), (std::vector<std::int64_t>{1, 256, -2, -1}));
  }

  void mutations_of_a_pickle_are_read_or_refused() {
    const auto seed = octet::test::random_seed();
    std::mt19937 random(seed);
    const auto below = [&](std::size_t bound) {
      return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
    };
    const auto valid = pickle_of_view(whole);
    const std::string opcodes = "(t)}]u.asebRQqhKMJGNXc\x85\x86\x87\x88\x8a";
    int read = 0;
    int refused = 0;
    for (int i = 0; i < 20'000; ++i) {
      auto pickle = valid;
      for (auto changes = below(3); changes > 0; --changes) {
        const auto at = below(pickle.size());
        switch (below(4)) {
          case 0: pickle[at] = static_cast<char>(below(256)); break;
          case 1: pickle.erase(at, below(6) + 1); break;
          case 2: pickle.insert(at, 1, opcodes[below(opcodes.size())]); break;
          default: pickle.insert(at, pickle.substr(below(pickle.size()), below(20))); break;
        }
        if (pickle.empty()) break;
      }
      try {
        read_pickle(bytes_of(pickle), "p");
        ++read;
      } catch (const Error& error) {
        QCOMPARE(static_cast<int>(error.kind()), static_cast<int>(ErrorKind::input));
        ++refused;
      }
    }
    QVERIFY2(read > 500 && refused > 5000, qPrintable(QString("%1 read, %2 refused").arg(read).arg(refused)));
  }
};

QTEST_GUILESS_MAIN(TestPickle)
#include "test_pickle.moc"
