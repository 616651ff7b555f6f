#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <bit>

#include "core/synthesis/tensor_inputs.h"
#include "core/synthesis/token_file.h"
#include "tests/checkpoint/tensor_files.h"

using namespace octet;
using namespace octet::test;

namespace {

using Ids = std::vector<std::int64_t>;

/// `values` as elements of `width` bytes.
std::string packed(const Ids& values, int width, std::endian order = std::endian::little) {
  std::string bytes;
  for (const auto value : values) {
    std::string element(reinterpret_cast<const char*>(&value), static_cast<std::size_t>(width));
    if (order == std::endian::big) std::ranges::reverse(element);
    bytes += element;
  }
  return bytes;
}

/// A NumPy file as numpy/lib/format.py describes it.
std::string npy(const std::string& type, const std::string& shape, const std::string& data, int version = 1,
                const char* columns_first = "False") {
  const auto header =
      "{'descr': " + type + ", 'fortran_order': " + columns_first + ", 'shape': " + shape + ", }   \n";
  std::string bytes = "\x93NUMPY";
  bytes += {static_cast<char>(version), '\0'};
  bytes += packed({static_cast<std::int64_t>(header.size())}, version == 1 ? 2 : 4);
  return bytes + header + data;
}

Loose of_type(Dtype dtype, Shape shape, const Ids& values) {
  return {dtype, std::move(shape), packed(values, static_cast<int>(size_of(dtype)))};
}

LooseTensors voice() {
  return {{"prompt_token", of_type(Dtype::i64, {1, 2}, {1, 2})},
          {"prompt_feat", floats({1, 4, 80}, std::vector<float>(320, 0.5f))},
          {"embedding", floats({1, 3}, {1, 2, 3})}};
}

}  // namespace

class TestInputFiles : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void tokens_are_read_whatever_holds_them_data() {
    QTest::addColumn<QByteArray>("bytes");
    const auto row = [](const std::string& name, const std::string& bytes) {
      QTest::newRow(name.c_str()) << QByteArray::fromStdString(bytes);
    };
    const auto vector = [&](const std::string& type, int width, std::endian order = std::endian::little) {
      row("npy " + type, npy("'" + type + "'", "(3,)", packed(kTokens, width, order)));
    };
    for (const char kind : {'i', 'u'}) {
      vector(std::string("|") + kind + "1", 1);
      for (const int width : {2, 4, 8}) {
        vector('<' + std::string(1, kind) + std::to_string(width), width);
        vector('>' + std::string(1, kind) + std::to_string(width), width, std::endian::big);
      }
    }
    const auto data = packed(kTokens, 8);
    row("npy row", npy("'<i8'", "(1, 3)", data));
    row("npy row, columns first", npy("'<i8'", "(1, 3)", data, 1, "True"));
    row("npy of format 2", npy("'<i8'", "(3,)", data, 2));
    row("npy of format 3", npy("'<i8'", "(3,)", data, 3));
    row("JSON", "[3, 100, 4]");
    row("JSON row", "[[3, 100, 4]]");
    row("JSON object", "{\"text\": \"hi\", \"speech_tokens\": [3, 100, 4]}");
    row("text", "3 100 4\n");
    row("text in lines", "3\r\n100\r\n4\r\n");
    row("text with commas", " 3, 100,4");
    row("text with a byte order mark",
        "\xef\xbb\xbf"
        "3 100 4");
    row("text of PowerShell", std::string("\xff\xfe"
                                          "3\0 \0001\0000\0000\0 \0004\0",
                                          16));
    for (const auto dtype :
         {Dtype::i64, Dtype::i32, Dtype::i16, Dtype::i8, Dtype::u64, Dtype::u32, Dtype::u16, Dtype::u8}) {
      const auto path = at("typed.safetensors");
      save(path,
           {{"speech_tokens", of_type(dtype, {1, 3}, kTokens)}, {"speech_tokens_len", floats({1}, {3})}});
      row("safetensors " + std::string(to_string(dtype)), read_bytes(path));
    }
    save(at("lone.safetensors"), {{"ids", of_type(Dtype::i64, {3}, kTokens)}});
    row("the only tensor", read_bytes(at("lone.safetensors")));
  }
  void tokens_are_read_whatever_holds_them() {
    QFETCH(QByteArray, bytes);
    write_bytes(at("tokens"), bytes.toStdString());
    const auto read = read_tokens(at("tokens"));
    QCOMPARE(read.tokens, kTokens);
    QVERIFY(read.notices.empty());
  }

  void integers_of_all_signs_are_read() {
    const Ids values{-1, -128, 127};
    for (const int width : {1, 2, 4, 8}) {
      write_bytes(at("tokens"),
                  npy("'" + std::string(width == 1 ? "|" : "<") + "i" + std::to_string(width) + "'", "(3,)",
                      packed(values, width)));
      QCOMPARE(read_tokens(at("tokens")).tokens, values);
    }
    write_bytes(at("tokens"), npy("'|u1'", "(3,)", packed(values, 1)));
    QCOMPARE(read_tokens(at("tokens")).tokens, (Ids{255, 128, 127}));
  }

  void what_is_no_sequence_of_tokens_is_refused_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("says");
    QTest::addColumn<QByteArray>("hint");
    const auto row = [](const char* name, const std::string& bytes, const char* says, const char* hint = "") {
      QTest::newRow(name) << QByteArray::fromStdString(bytes) << QByteArray(says) << QByteArray(hint);
    };
    const auto saved = [&](const LooseTensors& tensors) {
      save(at("saved.safetensors"), tensors);
      return read_bytes(at("saved.safetensors"));
    };
    std::string many_ones = "(";
    for (int i = 0; i < 65; ++i) many_ones += "1,";
    const auto six = packed({1, 2, 3, 1, 2, 3}, 8);
    row("two rows in npy", npy("'<i8'", "(2, 3)", six), "must be [N] or [1,N], not 2x3", "tokens[:1]");
    row("two rows in safetensors",
        saved({{"speech_tokens", of_type(Dtype::i64, {2, 3}, {1, 2, 3, 1, 2, 3})}}),
        "must be [N] or [1,N], not 2x3", "tokens[:1]");
    row("two rows in JSON", "[[1, 2, 3], [1, 2, 3]]", "must be [N] or [1,N], not 2x3", "tokens[:1]");
    row("three rows", npy("'<i8'", "(3, 2)", six), "not 3x2", "one sequence");
    row("a column", npy("'<i8'", "(6, 1)", six), "not 6x1");
    row("a scalar", npy("'<i8'", "()", packed({1}, 8)), "must be [N]");
    row("whole floats in npy", npy("'<f4'", "(1,)", "1234"), "type <f4, not of integers", "astype(np.int64)");
    row("whole floats in safetensors", saved({{"speech_tokens", floats({1, 2}, {1, 2})}}),
        "must be integers, not F32", "tokens.long()");
    row("whole floats in JSON", "[1.0, 2.0]", "position 0 is not a whole number");
    row("whole floats in text", "1 2.0", "\"2.0\" at position 1");
    row("booleans in npy", npy("'|b1'", "(1,)", "\1"), "type |b1");
    row("booleans in safetensors", saved({{"speech_tokens", {Dtype::boolean, {1, 1}, "\1"}}}), "not BOOL");
    row("objects in npy", npy("'|O'", "(1,)", "\x80\x04]\x94."), "type |O");
    row("records in npy", npy("[('a', '<i8')]", "(1,)", packed({1}, 8)), "type [('a', '<i8')]");
    row("integers of 16 bytes", npy("'<i16'", "(1,)", std::string(16, '\0')), "type <i16");
    row("beyond int64 in npy", npy("'<u8'", "(1,)", std::string(8, '\xff')), "18446744073709551615");
    row("beyond int64 in safetensors", saved({{"speech_tokens", of_type(Dtype::u64, {1, 1}, {-1})}}),
        "beyond int64");
    row("beyond int64 in JSON", "[9223372036854775808]", "position 0");
    row("beyond int64 in text", "9223372036854775808", "no token id");
    row("cut off", npy("'<i8'", "(7,)", six), "truncated");
    row("too long", npy("'<i8'", "(5,)", six), "damaged");
    row("an extent that overflows", npy("'<i8'", "(9223372036854775808,)", six), "wrong shape");
    row("a product that overflows", npy("'<i8'", "(4294967296, 4294967296)", ""), "truncated or damaged");
    row("too many dimensions", npy("'<i8'", many_ones + ")", six), "wrong shape");
    row("format 4", npy("'<i8'", "(6,)", six, 4), "format 1, 2 or 3");
    row("a header beyond the file", npy("'<i8'", "(6,)", "").substr(0, 20), "truncated");
    row("no type", "\x93NUMPY\x01" + std::string("\0\x03\0{}\n", 6), "has no descr");
    row("no list in JSON", "{\"tokens\": [1]}", "no list speech_tokens");
    row("a number in JSON", "{\"speech_tokens\": 1}", "no list of tokens");
    row("broken JSON", "[1, 2", "not valid JSON");
    row("a text in JSON", "[\"1\"]", "position 0");
    row("brackets without end", std::string(1'000'000, '['), "not valid JSON");
    row("brackets", std::string(500'000, '[') + std::string(500'000, ']'), "position 0");
    row("words", "12 monkeys", "\"monkeys\" at position 1");
    row("neither", saved({{"a", floats({1}, {0})}, {"b", floats({1}, {0})}}),
        "no tensor speech_tokens, but a, b");
    row("cut UTF-16",
        std::string("\xff\xfe"
                    "3\0 ",
                    5),
        "not valid UTF-16");
  }
  void what_is_no_sequence_of_tokens_is_refused() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, says);
    QFETCH(QByteArray, hint);
    write_bytes(at("tokens"), bytes.toStdString());
    const auto thrown = error_of([&] { read_tokens(at("tokens")); });
    QCOMPARE(static_cast<int>(thrown.kind()), static_cast<int>(ErrorKind::input));
    const QByteArray what(thrown.what());
    QVERIFY2(what.startsWith(at("tokens").c_str()) && what.contains(says) && what.size() < 500,
             what.left(1000));
    QVERIFY2(QByteArray::fromStdString(thrown.hint()).contains(hint), thrown.hint().c_str());
  }

  void what_else_is_in_a_file_of_tokens_is_told() {
    save(at("tokens"), {{"speech_tokens", of_type(Dtype::i64, {1, 3}, kTokens)},
                        {"speech_tokens_len", of_type(Dtype::i64, {1}, {3})},
                        {"mask", {Dtype::boolean, {1}, "\1"}}});
    QCOMPARE(read_tokens(at("tokens")).notices,
             std::vector<std::string>{at("tokens").string() + ": not used: mask"});
  }

  void voices_are_read_under_the_names_of_their_makers() {
    const auto check = [&](const LooseTensors& tensors, const std::vector<std::string>& notices = {}) {
      save(at("voice"), tensors);
      const auto read = read_conditioning(at("voice"));
      QCOMPARE(read.voice.prompt_token, (Ids{1, 2}));
      QCOMPARE(read.voice.prompt_feat, std::vector<float>(320, 0.5f));
      QCOMPARE(read.voice.embedding, (std::vector<float>{1, 2, 3}));
      QCOMPARE(read.notices, notices);
    };
    check(voice());
    LooseTensors conds, info;
    for (const auto& [name, tensor] : voice()) conds["gen." + name] = tensor;
    conds["t3.speaker_emb"] = floats({1}, {0});
    conds["gen.prompt_token_len"] = of_type(Dtype::i64, {1}, {2});
    check(conds);
    conds["gen.pitch"] = floats({1}, {0});
    check(conds, {at("voice").string() + ": not used: gen.pitch"});
    info["nora.flow_prompt_speech_token"] = of_type(Dtype::i32, {1, 2}, {1, 2});
    info["nora.prompt_speech_feat"] = voice().at("prompt_feat");
    info["nora.flow_embedding"] = voice().at("embedding");
    info["nora.llm_embedding"] = voice().at("embedding");
    check(info);
    // A batch axis more or less, and other types.
    auto plain = voice();
    plain.at("prompt_token").shape = {2};
    plain.at("prompt_feat").shape = {4, 80};
    plain.at("embedding").shape = {3};
    check(plain);
  }

  void whole_tokens_that_a_cast_left_in_floats_are_read_and_said() {
    auto cast = voice();
    cast["prompt_token"] = floats({1, 2}, {6560, 2});
    save(at("cast"), cast);
    const auto [read, notices] = octet::read_conditioning(at("cast"));
    QCOMPARE(read.prompt_token, (Ids{6560, 2}));
    QCOMPARE(notices.size(), 1u);
    QVERIFY(notices.front().find("prompt_token is held as F32") != std::string::npos);
    cast["prompt_token"] = {Dtype::f64, {2}, packed({std::bit_cast<std::int64_t>(7.0), 0}, 8)};
    save(at("cast"), cast);
    QCOMPARE(octet::read_conditioning(at("cast")).voice.prompt_token, (Ids{7, 0}));
  }

  void what_is_no_voice_is_refused_data() {
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("says");
    const auto row = [&](const char* name, const LooseTensors& tensors, const char* says) {
      save(at(name), tensors);
      QTest::newRow(name) << QByteArray(name) << QByteArray(says);
    };
    const auto with = [](const char* name, Loose tensor) {
      auto tensors = voice();
      tensors[name] = std::move(tensor);
      return tensors;
    };
    auto two = voice(), without_mel = voice();
    for (const auto& [name, tensor] : voice()) two["other." + name] = tensor;
    without_mel.erase("prompt_feat");
    row("nothing", {{"x", floats({1}, {0})}}, "no tensor prompt_token, but x");
    row("two voices", two, "holds 2 voices");
    row("no mel", without_mel, "has no tensor prompt_feat, but embedding, prompt_token");
    row("tokens between integers", with("prompt_token", floats({1, 2}, {1, 2.5})),
        "prompt_token must be integers, and holds others in F32");
    row("tokens that are not finite", with("prompt_token", floats({1, 2}, {1, NAN})), "holds others in F32");
    row("tokens that fp32 cannot tell apart", with("prompt_token", floats({1, 2}, {1, 16777216})),
        "holds others in F32");
    row("tokens in bf16", with("prompt_token", {Dtype::bf16, {1, 2}, std::string("\x80\x3f\x00\x40", 4)}),
        "prompt_token must be integers, not BF16, which has rounded them");
    row("tokens in fp16", with("prompt_token", {Dtype::f16, {1, 2}, std::string("\x00\x3c\x00\x40", 4)}),
        "not F16");
    row("two rows of floating tokens", with("prompt_token", floats({2, 1}, {1, 2})), "not 2x1");
    row("two rows of tokens", with("prompt_token", of_type(Dtype::i64, {2, 1}, {1, 2})), "not 2x1");
    row("integer mel", with("prompt_feat", of_type(Dtype::i64, {1, 4, 80}, Ids(320))),
        "must be floating, not I64");
    row("two mels", with("prompt_feat", floats({2, 2, 80}, std::vector<float>(320))), "not 2x2x80");
    row("bands first", with("prompt_feat", floats({1, 80, 4}, std::vector<float>(320))), "not 80x4");
    row("NaN in the mel", with("prompt_feat", floats({1, 1, 80}, std::vector<float>(80, NAN))), "not finite");
    row("infinite embedding", with("embedding", floats({1, 1}, {INFINITY})),
        "embedding holds values that are not finite");
    row("beyond fp32",
        with("embedding", {Dtype::f64, {1, 1}, packed({std::bit_cast<std::int64_t>(1e300)}, 8)}),
        "not finite");
    row("two embeddings", with("embedding", floats({2, 3}, std::vector<float>(6))), "not 2x3");
    row("embedding in fp8", with("embedding", {Dtype::f8_e4m3, {1, 3}, "abc"}), "not F8_E4M3");
  }
  void what_is_no_voice_is_refused() {
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, says);
    COMPARE_ERROR(read_conditioning(at(name)), input, says);
    COMPARE_ERROR(read_conditioning(at(name)), input, at(name).c_str());
  }

  void noise_is_checked() {
    const auto says = [&](const LooseTensors& tensors) {
      save(at("noise"), tensors);
      return QByteArray(error_of([&] { read_noise(at("noise")); }).what());
    };
    QVERIFY(says({}).contains("holds no tensor"));
    QVERIFY(says({{"pink", floats({1}, {0})}}).contains("pink is no noise"));
    QVERIFY(says({{"source", of_type(Dtype::i64, {1, 1, 1}, {0})}}).contains("must be floating, not I64"));
    QVERIFY(says({{"source", {Dtype::boolean, {1}, "\1"}}}).contains("must be floating, not BOOL"));
    QVERIFY(says({{"source", floats({1, 1, 1}, {INFINITY})}}).contains("not finite"));
    save(at("noise"), {{"source", {Dtype::bf16, {1, 1, 1}, std::string("\x80\x3f", 2)}}});
    const auto noise = read_noise(at("noise"));
    QCOMPARE(noise.at("source").shape, (Shape{1, 1, 1}));
    QCOMPARE(std::get<0>(noise.at("source").values), std::vector<float>{1});
  }

 private:
  std::filesystem::path at(const QByteArray& name) const { return folder_.filePath(name).toStdString(); }

  const Ids kTokens{3, 100, 4};
  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestInputFiles)
#include "test_input_files.moc"
