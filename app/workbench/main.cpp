#include <QApplication>
#include <QCommandLineParser>
#include <cstdio>

#include "core/error.h"
#include "core/version.h"
#include "ui/language/translator.h"
#include "ui/preferences/preferences.h"
#include "ui/theme/theme.h"
#include "ui/workbench/main_window.h"
#include "ui/workbench/screenshot_tour.h"

int main(int argc, char** argv) {
  const QApplication application(argc, argv);
  QApplication::setApplicationName("octet-workbench");
  QApplication::setApplicationDisplayName("Octet");
  QApplication::setOrganizationName("octet");
  QApplication::setApplicationVersion(octet::version());

  octet::ui::Translator translator;
  QApplication::installTranslator(&translator);

  QCommandLineParser parser;
  parser.setApplicationDescription(
      "Decide layer by layer which weights of the S3Gen speech model are int8, and hear it.");
  parser.addHelpOption();
  parser.addVersionOption();
  parser.addPositionalArgument("file", "a checkpoint, session or plan; the demo voice when there is none",
                               "[FILE]");
  const QCommandLineOption screenshots("screenshot", "writes pictures of every panel to <folder>, then exits",
                                       "folder");
  parser.addOption(screenshots);
  if (!parser.parse(QApplication::arguments()) || parser.positionalArguments().size() > 1) {
    std::fprintf(stderr, "octet-workbench: %s\n",
                 parser.errorText().isEmpty() ? "one file at most" : qPrintable(parser.errorText()));
    return static_cast<int>(octet::ErrorKind::usage);
  }
  parser.process(QApplication::arguments());  // --help and --version

  if (parser.isSet(screenshots)) return octet::ui::take_screenshots(parser.value(screenshots));

  const auto preferences = octet::ui::read_preferences();
  octet::ui::apply_appearance(preferences.appearance);
  octet::ui::MainWindow window;
  auto settings = window.workbench().settings();
  settings.device = preferences.device;
  settings.threads = preferences.threads;
  window.workbench().setSettings(settings);
  window.begin(parser.positionalArguments().value(0), octet::ui::Autosave::defaultFolder(),
               preferences.autosave_minutes);
  window.restoreAsLeft();
  window.show();
  if (preferences.welcome) {
    window.showWelcome();
    QObject::connect(&window.workbench(), &octet::ui::Workbench::reportChanged, &window, [&window] {
      if (!window.workbench().report()) return;
      auto known = octet::ui::read_preferences();
      known.welcome = false;
      octet::ui::write_preferences(known);
    });
  }
  return QApplication::exec();
}
