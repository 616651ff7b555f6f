#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <fstream>

#include "core/audio/sound_folder.h"
#include "core/error.h"

using namespace octet;
namespace fs = std::filesystem;

class TestSoundFolder : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;

  fs::path path(const std::string& name) const { return fs::path(dir_.path().toStdString()) / name; }

 private Q_SLOTS:
  void a_folder_lists_its_sounds_and_what_it_passes_over() {
    fs::create_directories(path("clips/more.wav"));
    for (const char* name : {"b.WAV", "a.Flac", "c.mp3", "d.m4a", "._b.WAV", "notes.txt", ".DS_Store"})
      std::ofstream(path("clips") / name) << "x";
    const auto folder = list_sounds(path("clips"));
    QCOMPARE(folder.sounds, (std::vector<fs::path>{path("clips/a.Flac"), path("clips/b.WAV"),
                                                   path("clips/c.mp3"), path("clips/d.m4a")}));
    QCOMPARE(folder.passed_over,
             (std::vector<std::string>{".DS_Store", "._b.WAV", "more.wav/", "notes.txt"}));
    QVERIFY_THROWS_EXCEPTION(Error, list_sounds(path("no such folder")));
  }
};

QTEST_GUILESS_MAIN(TestSoundFolder)
#include "test_sound_folder.moc"
