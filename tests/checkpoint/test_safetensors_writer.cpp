#include <QTemporaryDir>

#include "core/checkpoint/safetensors_writer.h"
#include "tests/checkpoint/tensor_files.h"

using namespace octet;
using namespace octet::test;

namespace {

TensorSource tensor(std::string name, Dtype dtype, Shape shape) {
  const auto bytes = static_cast<std::size_t>(element_count(shape)) * size_of(dtype);
  return {std::move(name), dtype, std::move(shape),
          [bytes](const ByteSink& sink) { sink(std::vector<std::byte>(bytes, std::byte{7})); }};
}

std::vector<TensorSource> full_size() {
  std::vector<TensorSource> tensors;
  for (const auto& [name, shape] : manifest())
    if (name != "tokenizer.window")
      tensors.push_back({name, name.ends_with("num_batches_tracked") ? Dtype::i64 : Dtype::f32, shape, {}});
  return tensors;
}

}  // namespace

class TestSafetensorsWriter : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    directory_ = std::make_unique<QTemporaryDir>();
    path_ = directory_->filePath("x.safetensors").toStdString();
  }

  void orders_types_as_the_library_does_then_names() {
    std::vector<TensorSource> tensors;
    // The order of the enum in safetensors/src/tensor.rs, from its end.
    const std::vector<Dtype> order{Dtype::i64, Dtype::f64, Dtype::f32, Dtype::i32, Dtype::bf16,
                                   Dtype::f16, Dtype::i16, Dtype::i8,  Dtype::u8,  Dtype::boolean};
    for (const auto dtype : order)
      for (const auto* name : {"a10", "a9", "Z"})
        tensors.push_back(tensor(std::string(name) + std::string(to_string(dtype)), dtype, {3}));
    std::ranges::reverse(tensors);
    write_safetensors(path_, tensors, {}, {});
    const auto bytes = read_bytes(path_);
    std::size_t position = 0;
    for (const auto dtype : order)
      for (const auto* name : {"Z", "a10", "a9"}) {
        const auto found = bytes.find('"' + std::string(name) + std::string(to_string(dtype)) + '"');
        QVERIFY2(found != bytes.npos && found > position, name);
        position = found;
      }
    QCOMPARE(open_tensor_file(path_).tensors.size(), 30u);
  }

  void writes_the_bytes_of_the_library() {
    write_safetensors(path_, {tensor("b", Dtype::i8, {2, 1}), tensor("a\n", Dtype::f32, {})},
                      {{"z", "ü\\"}, {"format", "pt"}}, {});
    std::string header =
        R"({"__metadata__":{"format":"pt","z":"ü\\"},"a\n":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
        R"("b":{"dtype":"I8","shape":[2,1],"data_offsets":[4,6]}})";
    header.resize((header.size() + 7) / 8 * 8, ' ');
    QCOMPARE(QByteArray::fromStdString(read_bytes(path_)),
             QByteArray::fromStdString(safetensors(header, "\7\7\7\7\7\7")));
  }

  void the_published_file_has_its_published_size() {
    QCOMPARE(predicted_size(full_size(), {}), std::uint64_t{1'056'484'620});
  }

  void what_was_predicted_is_written_and_read_back() {
    const auto tensors = load(kDemo);
    std::vector<TensorSource> sources;
    for (const auto& [name, t] : tensors) sources.push_back({name, t.dtype, t.shape, {}});
    const std::map<std::string, std::string> metadata{{"format", "pt"}, {"octet_plan", R"({"name":"x"})"}};
    save(path_, tensors, metadata);
    QCOMPARE(predicted_size(sources, metadata), std::filesystem::file_size(path_));
    const auto back = open_tensor_file(path_);
    QVERIFY(back.metadata == metadata);
    QCOMPARE(back.tensors.size(), tensors.size());
    for (const auto& [name, t] : load(path_))
      QVERIFY2(t.bytes == tensors.at(name).bytes && t.shape == tensors.at(name).shape, name.c_str());
    const auto once = read_bytes(path_);
    save(path_, load(path_), metadata);
    QVERIFY(read_bytes(path_) == once);
  }

  void bytes_are_asked_for_in_turn_and_progress_is_told() {
    std::vector<std::string> events;
    std::vector<TensorSource> tensors;
    for (const auto* name : {"b", "a"})
      tensors.push_back({name, Dtype::u8, {1}, [&events, name](const ByteSink& sink) {
                           events.emplace_back(name);
                           sink(std::vector<std::byte>(1));
                         }});
    int last = -1;
    JobControl job;
    job.report = [&](const Progress& progress) {
      QVERIFY(progress.done >= last);
      last = progress.done;
      QCOMPARE(progress.total, 2);
    };
    write_safetensors(path_, tensors, {}, job);
    QVERIFY((events == std::vector<std::string>{"a", "b"}));
    QCOMPARE(last, 2);
  }

  void a_stop_leaves_nothing_and_keeps_the_previous_file() {
    write_bytes(path_, "previous");
    std::stop_source stop;
    auto endless = tensor("x", Dtype::u8, {1000});
    int pieces = 0;
    endless.produce = [&](const ByteSink& sink) {
      for (; pieces < 1000; ++pieces) {
        if (pieces == 10) stop.request_stop();
        sink(std::vector<std::byte>(1));
      }
    };
    COMPARE_ERROR(write_safetensors(path_, {endless}, {}, {stop.get_token(), {}}), cancelled,
                  "x.safetensors");
    QCOMPARE(pieces, 10);
    QCOMPARE(read_bytes(path_), "previous");
    QCOMPARE(QDir(directory_->path()).entryList(QDir::Files | QDir::Hidden).size(), 1);
  }

  void refuses_what_would_be_no_valid_file() {
    auto short_of_bytes = tensor("x", Dtype::f32, {2});
    short_of_bytes.produce = [](const ByteSink& sink) { sink(std::vector<std::byte>(7)); };
    COMPARE_ERROR(write_safetensors(path_, {short_of_bytes}, {}, {}), output,
                  "tensor x came with 7 bytes instead of 8");
    COMPARE_ERROR(
        write_safetensors(path_, {tensor("x", Dtype::f32, {2}), tensor("x", Dtype::i8, {2})}, {}, {}), output,
        "two tensors are called x");
    COMPARE_ERROR(write_safetensors(path_, {tensor("\xff", Dtype::f32, {2})}, {}, {}), output, "not UTF-8");
    QVERIFY(!std::filesystem::exists(path_));
  }

 private:
  std::unique_ptr<QTemporaryDir> directory_;
  std::filesystem::path path_;
};

QTEST_GUILESS_MAIN(TestSafetensorsWriter)
#include "test_safetensors_writer.moc"
