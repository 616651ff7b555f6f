#include <QtTest>
#include <fstream>

#include "core/checkpoint/find_checkpoint.h"
#include "core/checkpoint/hugging_face_cache.h"
#include "tests/checkpoint/tensor_files.h"

namespace fs = std::filesystem;

class TestHuggingFaceCache : public QObject {
  Q_OBJECT

  /// A cache with one snapshot of a model that holds `name`, `age` hours old.
  static fs::path add(const fs::path& hub, const std::string& model, const std::string& snapshot,
                      const std::string& name, int age) {
    const auto blob = hub / model / "blobs" / (snapshot + name);
    const auto link = hub / model / "snapshots" / snapshot / name;
    fs::create_directories(blob.parent_path());
    fs::create_directories(link.parent_path());
    std::ofstream(blob) << "weights";
    fs::last_write_time(blob, fs::file_time_type::clock::now() - std::chrono::hours(age));
    fs::create_symlink(blob, link);  // as the library lays it out
    return link;
  }

 private Q_SLOTS:
  void init() {
    for (const auto* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"})
      qunsetenv(name);
    home_ = qgetenv("HOME");
  }
  void cleanup() { qputenv("HOME", home_); }

  void files_are_found_newest_first() {
    const QTemporaryDir folder;
    const fs::path hub = folder.path().toStdString();
    qputenv("HF_HUB_CACHE", folder.path().toLocal8Bit());
    const auto old = add(hub, "models--ResembleAI--chatterbox", "aaa", "s3gen.safetensors", 5);
    const auto newest = add(hub, "models--ResembleAI--chatterbox", "bbb", "s3gen.safetensors", 1);
    const auto middle = add(hub, "models--other--one", "ccc", "s3gen.safetensors", 3);
    add(hub, "models--other--one", "ccc", "t3.safetensors", 0);
    QCOMPARE(octet::find_in_hugging_face_cache("s3gen.safetensors"),
             (std::vector<fs::path>{newest, middle, old}));
    QVERIFY(octet::find_in_hugging_face_cache("s3gen_v3.safetensors").empty());
  }

  void a_download_that_was_cut_off_is_not_found() {
    const QTemporaryDir folder;
    const fs::path hub = folder.path().toStdString();
    qputenv("HF_HUB_CACHE", folder.path().toLocal8Bit());
    const auto link = add(hub, "models--a--b", "aaa", "s3gen.safetensors", 0);
    fs::remove(fs::read_symlink(link));
    QVERIFY(octet::find_in_hugging_face_cache("s3gen.safetensors").empty());
  }

  /// As huggingface_hub/constants.py has it.
  void the_variables_are_asked_in_the_librarys_order() {
    using octet::hugging_face_cache;
    qputenv("HOME", "/user");
    QCOMPARE(hugging_face_cache(), fs::path("/user/.cache/huggingface/hub"));
    qputenv("XDG_CACHE_HOME", "/caches");
    QCOMPARE(hugging_face_cache(), fs::path("/caches/huggingface/hub"));
    qputenv("HF_HOME", "/hf");
    QCOMPARE(hugging_face_cache(), fs::path("/hf/hub"));
    qputenv("HUGGINGFACE_HUB_CACHE", "/old");
    QCOMPARE(hugging_face_cache(), fs::path("/old"));
    qputenv("HF_HUB_CACHE", "/new");
    QCOMPARE(hugging_face_cache(), fs::path("/new"));
    qputenv("HF_HUB_CACHE", "");  // set to nothing is not set
    QCOMPARE(hugging_face_cache(), fs::path("/old"));
  }

  void a_tilde_is_the_home_folder() {
    using octet::hugging_face_cache;
    qputenv("HOME", "/user");
    qputenv("HF_HOME", "~/models");
    QCOMPARE(hugging_face_cache(), fs::path("/user/models/hub"));
    qputenv("HF_HUB_CACHE", "~");
    QCOMPARE(hugging_face_cache(), fs::path("/user"));
    qputenv("HF_HUB_CACHE", "/a/~/b");
    QCOMPARE(hugging_face_cache(), fs::path("/a/~/b"));
  }

  void a_checkpoint_is_found_by_file_and_by_name() {
    const QTemporaryDir folder;
    const fs::path hub = folder.path().toStdString();
    QCOMPARE(octet::find_checkpoint(hub / "x.safetensors"),
             hub / "x.safetensors");  // opening it says what is wrong
    QCOMPARE(octet::find_checkpoint("-"), fs::path("-"));
    qputenv("HF_HUB_CACHE", folder.path().toLocal8Bit());
    const auto cached = add(hub, "models--a--b", "1", "weights.safetensors", 0);
    QCOMPARE(octet::find_checkpoint("weights.safetensors"), cached);
    COMPARE_ERROR(octet::find_checkpoint("other.safetensors"), input, folder.path().toUtf8());
    COMPARE_ERROR(octet::find_checkpoint("other.safetensors"), input, fs::current_path().c_str());
  }

  void of_a_folder_the_only_checkpoint_is_taken() {
    const QTemporaryDir folder;
    const fs::path snapshot = fs::path(folder.path().toStdString()) / "snapshots" / "abc";
    const auto named = snapshot.string();
    fs::create_directories(snapshot);
    COMPARE_ERROR(octet::find_checkpoint(named), input, "a folder without tensor files");
    // As Chatterbox's: other models and texts beside it.
    octet::test::save(snapshot / "t3_cfg.safetensors",
                      {{"tfmr.layers.0.weight", octet::test::floats({1}, {0})}});
    octet::test::save(snapshot / "ve.safetensors", {{"similarity_weight", octet::test::floats({1}, {0})}});
    octet::test::write_bytes(snapshot / "tokenizer.json", "{}");
    COMPARE_ERROR(octet::find_checkpoint(named), input,
                  "none of t3_cfg.safetensors, ve.safetensors is an S3Gen");
    fs::create_symlink(octet::test::kDemo, snapshot / "s3gen.safetensors");
    QCOMPARE(octet::find_checkpoint(named), snapshot / "s3gen.safetensors");
    QCOMPARE(octet::find_checkpoint(folder.path().toStdString()), snapshot / "s3gen.safetensors");
    fs::create_symlink(octet::test::kDemo, snapshot / "s3gen_v3.safetensors");
    COMPARE_ERROR(octet::find_checkpoint(named), input,
                  "2 checkpoints: s3gen.safetensors, s3gen_v3.safetensors");
  }

  void no_cache_is_no_error() {
    qputenv("HF_HUB_CACHE", "/nowhere/at/all");
    QVERIFY(octet::find_in_hugging_face_cache("f").empty());
    const QTemporaryDir folder;
    qputenv("HF_HUB_CACHE", folder.path().toLocal8Bit());
    std::ofstream(fs::path(folder.path().toStdString()) / "version.txt") << "1";  // a file among the models
    QVERIFY(octet::find_in_hugging_face_cache("f").empty());
  }

 private:
  QByteArray home_;
};

QTEST_GUILESS_MAIN(TestHuggingFaceCache)
#include "test_hugging_face_cache.moc"
