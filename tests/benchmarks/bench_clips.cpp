// How long the window is kept, and what memory it takes, while many clips are spoken under three plans:
//   bench_clips [CLIPS [SECONDS]]
// The demo voice's clips, again and again under other names, the first seconds of each, as they are stored,
// by the seed plan and by all-int8. Somebody looks around all the while. Without a display, set
// QT_QPA_PLATFORM=offscreen.

#include <malloc.h>

#include <QApplication>
#include <QDeadlineTimer>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <cstdio>

#include "core/audio/sound_file.h"
#include "core/error.h"
#include "tests/benchmarks/person.h"
#include "tests/benchmarks/watched_application.h"

using namespace octet;
using namespace octet::ui;

namespace {

/// Of the allocator, in use.
double megabytes() {
  const auto now = mallinfo2();
  return static_cast<double>(now.uordblks + now.hblkhd) / 1e6;
}

/// Copies in `folder`, cut, of the document's clips in turn.
std::vector<Clip> many_clips(const Document& document, const QTemporaryDir& folder, int count,
                             double seconds) {
  std::vector<Clip> clips;
  for (int i = 0; i < count; ++i) {
    auto clip = document.clips[static_cast<std::size_t>(i) % document.clips.size()];
    auto sound = read_sound(clip.path);
    const auto samples =
        static_cast<std::size_t>(seconds * sound.sample_rate) * static_cast<std::size_t>(sound.channels);
    if (sound.samples.size() > samples) sound.samples.resize(samples);
    clip.name = QStringLiteral("%1 %2").arg(i + 1, 3, 10, QLatin1Char('0')).arg(clip.name);
    clip.path = folder.filePath(clip.name + ".wav").toStdString();
    write_wav(clip.path, sound);
    clips.push_back(std::move(clip));
  }
  return clips;
}

}  // namespace

int main(int argc, char** argv) {
  test::WatchedApplication application(argc, argv);
  QStandardPaths::setTestModeEnabled(true);  // settings of nobody
  QCoreApplication::setOrganizationName("octet-test");
  const auto arguments = QApplication::arguments();
  const int count = arguments.size() > 1 ? arguments[1].toInt() : 200;
  const double seconds = arguments.size() > 2 ? arguments[2].toDouble() : 2;
  if (count < 1 || seconds <= 0) {
    std::fprintf(stderr, "usage: bench_clips [CLIPS [SECONDS]]\n");
    return static_cast<int>(ErrorKind::usage);
  }
  MainWindow window;
  window.show();
  auto& workbench = window.workbench();
  const QTemporaryDir folder;
  workbench.openDemo();
  test::work_until([&] { return workbench.checkpoint() != nullptr; });
  auto document = new_document(workbench.checkpoint()->path(), workbench.settings());
  document.clips = many_clips(document, folder, count, seconds);
  document.plans.push_back(preset("all-int8", Precision::bf16, /*include_tokenizer=*/false));
  workbench.adopt(document);

  test::Person person(window);
  person.also("choose the next clip",
              [&] { workbench.setCurrentClip((workbench.currentClip() + 1) % count); });
  application.forget();
  person.begin();
  QTimer::singleShot(0, &workbench, &Workbench::synthesizeAll);  // an event, as a click is one
  std::printf("%8s %12s %14s\n", "clips", "MB in use", "longest, ms");
  int told = 0;
  const auto tell = [&] {
    const auto clips = workbench.report() ? static_cast<int>(workbench.report()->clips.size()) : 0;
    if (clips < told + std::max(1, count / 10)) return;
    told = clips;
    std::printf("%8d %12.1f %14.1f  %s\n", clips, megabytes(), application.longest().milliseconds,
                qPrintable(application.longest().event));
    std::fflush(stdout);
  };
  QObject::connect(&workbench, &Workbench::reportChanged, tell);
  QObject::connect(&workbench, &Workbench::clipMeasured, tell);
  test::work_until([&] { return workbench.synthesizing(); });
  test::work_until([&] { return !workbench.synthesizing() && workbench.lanes().analysis.pending() == 0; });
  const auto conclude = [&](const char* when) {
    std::printf("%8zu %12.1f %14.1f  %s; %zu deeds, %s\n", workbench.report()->clips.size(), megabytes(),
                application.longest().milliseconds, qPrintable(application.longest().event), person.deeds(),
                when);
    std::fflush(stdout);
  };
  conclude("all spoken");
  for (int minute = 1; minute <= 2; ++minute) {  // what is loaded takes no more, however long it is looked at
    application.forget();
    const QDeadlineTimer end(std::chrono::minutes(1));
    test::work_until([&] { return end.hasExpired(); });
    conclude(minute == 1 ? "a minute later" : "two minutes later");
  }
  person.rest();
  return 0;
}
