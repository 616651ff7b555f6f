#include <QTemporaryDir>
#include <random>

#include "core/checkpoint/tensor_file.h"
#include "tests/checkpoint/tensor_files.h"
#include "tests/random_seed.h"

using namespace octet;
using namespace octet::test;

namespace {

const char* kValid =
    R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2],"data_offsets":[2,10]},)"
    R"("a":{"dtype":"I8","shape":[2,1],"data_offsets":[0,2]},"e":{"dtype":"F32","shape":[0],"data_offsets":[10,10]}})";

std::string repeated(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

class TestSafetensorsReader : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QVERIFY(directory_.isValid());
    path_ = directory_.filePath("x.safetensors").toStdString();
  }

  void reads_tensors_listed_in_any_order() {
    write_bytes(path_, safetensors(kValid, "abABCDEFGH"));
    const auto file = open_tensor_file(path_);
    QCOMPARE(file.tensors.size(), 3u);
    QCOMPARE(file.metadata.at("format"), "pt");
    const auto& b = file.tensors.at("b");
    QVERIFY(b.dtype == Dtype::f32);
    QVERIFY(b.shape == Shape{2});
    QCOMPARE(load(path_).at("b").bytes, "ABCDEFGH");
    QCOMPARE(file.tensors.at("a").size(), 2u);
    QCOMPARE(file.tensors.at("e").size(), 0u);
  }

  void refuses_malformed_files_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("says");
    const auto raw = [](const char* name, const std::string& bytes, const char* says) {
      QTest::newRow(name) << QByteArray::fromStdString(bytes) << QByteArray(says);
    };
    const auto row = [&](const char* name, const std::string& header, const char* says,
                         const std::string& data = "12345678") {
      raw(name, safetensors(header, data), says);
    };
    const auto tensor = [](const std::string& info) { return R"({"x":)" + info + "}"; };
    const std::string good = R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})";

    raw("empty", "", "truncated");
    raw("seven bytes", "1234567", "truncated");
    raw("length beyond the file", safetensors("{}").substr(0, 9),
        "the header ends at byte 10 but the file has 9");
    raw("length beyond all files", std::string(8, '\xff') + "{}", "not a safetensors file");
    raw("length over 100 MB", std::string("\x01\xe1\xf5\x05\0\0\0\0{}", 10),
        "its header would have 100000001 bytes");
    raw("no header", safetensors(""), "does not begin with {");
    raw("zip that is none", "PK\x03\x04………………", "not a readable PyTorch archive");

    row("array", "[1]", "does not begin with {");
    row("cut", R"({"x":)", "not valid JSON");
    row("garbage after", tensor(good) + "x", "not valid JSON");
    row("hidden by a NUL", tensor(good) + std::string("\0{}", 3), "NUL");
    row("not UTF-8", "{\"\xff\":" + good + "}", "not valid JSON");
    row("nested without end", R"({"x":{"shape":)" + std::string(100000, '['), "tensor x: an array");
    std::string deep;
    for (int i = 0; i < 100000; ++i) deep += R"({"x":)";
    row("objects without end", deep, "not valid JSON");
    row("name twice", R"({"x":)" + good + R"(,"x":)" + good + "}", "the name x appears twice");
    row("metadata twice", R"({"__metadata__":{},"__metadata__":{}})", "appears twice");
    row("metadata number", R"({"__metadata__":{"k":1}})", "__metadata__ may hold strings only");
    row("metadata object", R"({"__metadata__":{"k":{}}})", "__metadata__ may hold strings only");
    row("metadata text", R"({"__metadata__":"k"})", "__metadata__ may hold strings only");
    row("tensor is a number", tensor("1"), "tensor x");
    row("tensor is null", tensor("null"), "tensor x");
    row("type is a number", tensor(R"({"dtype":1,"shape":[2],"data_offsets":[0,8]})"), "tensor x");
    row("type twice", tensor(R"({"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]})"),
        "the key dtype appears twice");
    row("no type", tensor(R"({"shape":[2],"data_offsets":[0,8]})"), "is missing");
    row("no shape", tensor(R"({"dtype":"F32","data_offsets":[0,8]})"), "is missing");
    row("no offsets", tensor(R"({"dtype":"F32","shape":[2]})"), "is missing");
    row("65 dimensions",
        tensor(R"({"dtype":"F32","shape":[2)" + repeated(",1", 64) + R"(],"data_offsets":[0,8]})"),
        "more than 64 dimensions");
    row("2 million dimensions", tensor(R"({"dtype":"F32","shape":[2)" + repeated(",1", 2'000'000)),
        "more than 64 dimensions");
    row("null as metadata's text", R"({"__metadata__":{"k":null}})", "__metadata__ may hold strings only");
    row("cut within what is skipped", R"({"x":{"more":[{)", "not valid JSON");
    row("negative extent", tensor(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})"),
        "a negative number");
    row("fraction", tensor(R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})"), "the number 2.0");
    row("extent text", tensor(R"({"dtype":"F32","shape":["2"],"data_offsets":[0,8]})"), "a string");
    row("nested shape", tensor(R"({"dtype":"F32","shape":[[2]],"data_offsets":[0,8]})"), "an array");
    row("extent beyond 2^63", tensor(R"({"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]})"),
        "overflows");
    row("extent beyond 2^64",
        tensor(R"({"dtype":"F32","shape":[18446744073709551617],"data_offsets":[0,8]})"),
        "where it cannot be");
    row("product overflows",
        tensor(R"({"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,8]})"), "overflows");
    row("bytes overflow", tensor(R"({"dtype":"F32","shape":[4611686018427387906],"data_offsets":[0,8]})"),
        "overflows");
    row("one offset", tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[0]})"), "two numbers");
    row("three offsets", tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8,8]})"), "more than two");
    row("no offset values", tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[]})"), "two numbers");
    row("ends before it begins", tensor(R"({"dtype":"F32","shape":[0],"data_offsets":[8,0]})"),
        "before it begins");
    row("size is not type x shape", tensor(R"({"dtype":"F32","shape":[1],"data_offsets":[0,8]})"),
        "F32 [1] needs 4 bytes, but it has 8");
    row("gap at the start", tensor(R"({"dtype":"F32","shape":[1],"data_offsets":[4,8]})"),
        "4 unused bytes before it");
    row("gap",
        R"({"x":{"dtype":"I8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"I8","shape":[5],"data_offsets":[3,8]}})",
        "tensor y: 1 unused bytes");
    row("overlap",
        R"({"x":{"dtype":"I8","shape":[4],"data_offsets":[0,4]},"y":{"dtype":"I8","shape":[5],"data_offsets":[3,8]}})",
        "tensor y: it overlaps");
    row("same place",
        R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
        "it overlaps");
    row("beyond the file", tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})"),
        "truncated: tensor x ends at byte 70 but the file has 69", "1234567");
    row("bytes after", tensor(good), "1 bytes after the last tensor", "123456789");
  }
  void refuses_malformed_files() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, says);
    write_bytes(path_, bytes.toStdString());
    COMPARE_ERROR(open_tensor_file(path_), input, says);
    COMPARE_ERROR(open_tensor_file(path_), input, path_.c_str());
  }

  /// All of these the safetensors library opens (0.5.3), but for the types it does not know yet.
  void opens_what_the_library_opens_data() {
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QByteArray>("type");
    const auto row = [](const char* name, const std::string& header, const char* type = "F32") {
      QTest::newRow(name) << QByteArray::fromStdString(header) << QByteArray(type);
    };
    // A tensor of 8 bytes; `more` are further entries of its own.
    const auto tensor = [](const std::string& type, const std::string& shape, const std::string& more = {}) {
      return "\"x\":{" + more + "\"dtype\":\"" + type + "\",\"shape\":[" + shape +
             "],\"data_offsets\":[0,8]}";
    };
    const auto x = tensor("F32", "2");
    row("metadata null", "{\"__metadata__\":null," + x + "}");
    row("metadata key twice", "{\"__metadata__\":{\"k\":\"a\",\"k\":\"b\"}," + x + "}");
    row("space before the header", " \n{" + x + "}");
    row("space behind the header", "{" + x + "}  ");
    for (const char* value :
         {"1", "-1", "1.5", "null", "true", "\"text\"", "[]", "{}", "[{\"a\":[1,{}]},[]]"})
      row(value, "{" + tensor("F32", "2", "\"more\":" + std::string(value) + ",") + "}");
    row("64 dimensions", "{" + tensor("F32", "2" + repeated(",1", 63)) + "}");
    const auto of_type = [&](const char* type, const char* shape, const char* read_as) {
      row(type, "{" + tensor(type, shape) + "}", read_as);
    };
    for (const char* type : {"F8_E4M3", "F8_E5M2", "U8", "I8", "BOOL"}) of_type(type, "2,4", type);
    for (const char* type : {"U16", "I16", "F16", "BF16"}) of_type(type, "4", type);
    for (const char* type : {"U32", "I32"}) of_type(type, "2", type);
    for (const char* type : {"U64", "I64", "F64"}) of_type(type, "1", type);
    for (const char* type : {"F4", "F6_E2M3", "F8_E8M0", "C64"}) of_type(type, "1", "of another type");
  }
  void opens_what_the_library_opens() {
    QFETCH(QByteArray, header);
    QFETCH(QByteArray, type);
    write_bytes(path_, safetensors(header.toStdString(), "12345678"));
    const auto file = open_tensor_file(path_);
    QCOMPARE(file.tensors.size(), 1u);
    const auto& tensor = file.tensors.at("x");
    QCOMPARE(std::string(to_string(tensor.dtype)), type.toStdString());
    if (tensor.dtype == Dtype::other) return;
    const auto bytes = tensor.read();
    QCOMPARE(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), "12345678");
  }

  /// Files that people take for checkpoints are named, and the way out is told.
  void names_what_is_no_tensor_file_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("what");
    QTest::addColumn<QByteArray>("hint");
    const auto row = [](const char* what, const std::string& bytes, const char* hint) {
      QTest::newRow(what) << QByteArray::fromStdString(bytes) << QByteArray(what) << QByteArray(hint);
    };
    row("an ONNX model",
        std::string("\x08\x08\x12\x07pytorch\x1a\x05"
                    "2.1.0:\xf5\x06",
                    20),
        ".safetensors and .pt");
    row("a GGUF file", "GGUF\x03…………", ".safetensors and .pt");
    row("a git-lfs pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:…", "git lfs pull");
    row("a web page", "<!DOCTYPE html><html>…", "login");
    row("a file of a PyTorch before 1.6", "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.",
        "torch.save(torch.load");
    row("a bare pickle", std::string("\x80\x04\x95\x08\0\0\0\0\0\0\0", 11), "torch.save(torch.load");
    row("compressed with gzip", "\x1f\x8b\x08………", "unpack");
    row("compressed with xz",
        "\xfd"
        "7zXZ……",
        "unpack");
    row("compressed with Zstandard", "\x28\xb5\x2f\xfd……", "unpack");
    row("a tar archive", std::string(257, 'a') + "ustar" + std::string(300, '\0'), "unpack");
    row("an HDF5 file", "\x89HDF\r\n\x1a\n…", ".safetensors and .pt");
    row("a NumPy array", "\x93NUMPY\x01…", "torch.save");
    row("a sound file", "RIFF\x24\x08WAVEfmt …", ".safetensors and .pt");
    row("a JSON text", "{\"a\": [1, 2, 3, 4, 5]}", ".safetensors and .pt");
  }
  void names_what_is_no_tensor_file() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, what);
    QFETCH(QByteArray, hint);
    write_bytes(path_, bytes.toStdString());
    COMPARE_ERROR(open_tensor_file(path_), input, what);
    const auto thrown = error_of([&] { open_tensor_file(path_); });
    QVERIFY2(QByteArray::fromStdString(thrown.hint()).contains(hint), thrown.hint().c_str());
  }

  void a_link_to_nothing_is_explained() {
    const auto link = std::filesystem::path(directory_.path().toStdString()) / "s3gen.safetensors";
    std::filesystem::create_symlink("../../blobs/abc", link);
    COMPARE_ERROR(open_tensor_file(link), input, "it is a link to ../../blobs/abc, which is not there");
    QVERIFY(error_of([&] { open_tensor_file(link); }).hint().find("download") != std::string::npos);
  }

  void refuses_what_is_no_file() {
    COMPARE_ERROR(open_tensor_file(directory_.filePath("absent").toStdString()), input, "No such file");
    COMPARE_ERROR(open_tensor_file(directory_.path().toStdString()), input, "Is a directory");
    COMPARE_ERROR(open_tensor_file("/dev/zero"), input, "not a regular file");
  }

  void mutations_of_a_valid_file_open_or_are_refused() {
    const auto seed = octet::test::random_seed();
    std::mt19937 random(seed);
    const auto below = [&](std::size_t bound) {
      return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
    };
    const std::string alphabet = "{}[],:\"0129-.eabFI\\ \n\xff";
    const auto mutate = [&](std::string& text) {
      const auto at = below(text.size());
      switch (below(5)) {
        case 0: text[at] = alphabet[below(alphabet.size())]; break;
        case 1: text[at] = static_cast<char>(below(256)); break;
        case 2: text.erase(at, below(8) + 1); break;
        case 3: text.insert(at, 1, alphabet[below(alphabet.size())]); break;
        default: text.insert(at, text.substr(below(text.size()), below(24))); break;
      }
    };
    int opened = 0;
    int refused = 0;
    for (int i = 0; i < 4000; ++i) {
      // Mostly with the length right, or nothing but the length would ever be tested.
      std::string header = kValid;
      for (auto changes = below(3); changes > 0; --changes) mutate(header);
      auto bytes = safetensors(header, "abABCDEFGH");
      if (below(4) == 0) mutate(bytes);
      write_bytes(path_, bytes);
      try {
        std::uint64_t sum = 0;
        const auto file = open_tensor_file(path_);
        for (const auto& [name, tensor] : file.tensors) {
          QVERIFY(tensor.offset + tensor.size() <= bytes.size());
          for (const auto byte : tensor.read()) sum += std::to_integer<std::uint64_t>(byte);
        }
        QVERIFY(sum <= 255 * bytes.size());
        ++opened;
      } catch (const Error& error) {
        QCOMPARE(static_cast<int>(error.kind()), static_cast<int>(ErrorKind::input));
        ++refused;
      }
    }
    // A third of the headers is left as it is.
    QVERIFY2(opened > 500 && refused > 1000,
             qPrintable(QString("%1 opened, %2 refused").arg(opened).arg(refused)));
  }

 private:
  QTemporaryDir directory_;
  std::filesystem::path path_;
};

QTEST_GUILESS_MAIN(TestSafetensorsReader)
#include "test_safetensors_reader.moc"
