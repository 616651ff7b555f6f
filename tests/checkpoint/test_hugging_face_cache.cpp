#include <QtTest>
#include <fstream>

#include "core/checkpoint/hugging_face_cache.h"

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
    for (const auto* name : {"HF_HUB_CACHE", "HF_HOME"}) qunsetenv(name);
  }

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

  void the_variables_are_asked_in_the_librarys_order() {
    const QTemporaryDir hub, home, user;
    const auto in_hub = add(hub.path().toStdString(), "models--a--b", "1", "f", 0);
    const auto in_home = add(fs::path(home.path().toStdString()) / "hub", "models--a--b", "1", "f", 0);
    const auto in_user =
        add(fs::path(user.path().toStdString()) / ".cache/huggingface/hub", "models--a--b", "1", "f", 0);
    const auto real_home = qgetenv("HOME");
    qputenv("HOME", user.path().toLocal8Bit());
    QCOMPARE(octet::find_in_hugging_face_cache("f"), std::vector<fs::path>{in_user});
    qputenv("HF_HOME", home.path().toLocal8Bit());
    QCOMPARE(octet::find_in_hugging_face_cache("f"), std::vector<fs::path>{in_home});
    qputenv("HF_HUB_CACHE", hub.path().toLocal8Bit());
    QCOMPARE(octet::find_in_hugging_face_cache("f"), std::vector<fs::path>{in_hub});
    qputenv("HOME", real_home);
  }

  void no_cache_is_no_error() {
    qputenv("HF_HUB_CACHE", "/nowhere/at/all");
    QVERIFY(octet::find_in_hugging_face_cache("f").empty());
    const QTemporaryDir folder;
    qputenv("HF_HUB_CACHE", folder.path().toLocal8Bit());
    std::ofstream(fs::path(folder.path().toStdString()) / "version.txt") << "1";  // a file among the models
    QVERIFY(octet::find_in_hugging_face_cache("f").empty());
  }
};

QTEST_GUILESS_MAIN(TestHuggingFaceCache)
#include "test_hugging_face_cache.moc"
