#include "ui/preferences/preferences.h"

#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QSettings>
#include <QSpinBox>
#include <QVBoxLayout>

#include "core/kernels/device.h"

namespace octet::ui {
namespace {

constexpr auto kAppearance = "appearance";
constexpr auto kDevice = "device";
constexpr auto kThreads = "threads";
constexpr auto kAutosave = "autosaveMinutes";
constexpr auto kWelcome = "welcome";

QLabel* explanation(const QString& text) {
  auto* label = new QLabel(text);
  label->setWordWrap(true);
  label->setForegroundRole(QPalette::PlaceholderText);
  return label;
}

}  // namespace

DeviceChooser::DeviceChooser(QWidget* parent) : QComboBox(parent) {
  setObjectName("device");
  addItem(tr("auto"), QStringLiteral("auto"));
  QStringList names{QStringLiteral("cpu")};
  for (int i = 0; i < gpu_count(); ++i) names << QStringLiteral("cuda:%1").arg(i);
  for (const auto& name : names) addItem(name, name);
}

void DeviceChooser::setDevice(const QString& name) {
  if (const int at = findData(name); at >= 0) setCurrentIndex(at);
}

Preferences read_preferences() {
  const QSettings settings;
  Preferences preferences;
  const int appearance = settings.value(kAppearance, 0).toInt();
  preferences.appearance = appearance == 1   ? Appearance::light
                           : appearance == 2 ? Appearance::dark
                                             : Appearance::system;
  preferences.device = settings.value(kDevice, preferences.device).toString();
  preferences.threads = std::clamp(settings.value(kThreads, 0).toInt(), 0, 1024);
  preferences.autosave_minutes =
      std::clamp(settings.value(kAutosave, preferences.autosave_minutes).toInt(), 0, 60);
  preferences.welcome = settings.value(kWelcome, true).toBool();
  return preferences;
}

void write_preferences(const Preferences& preferences) {
  QSettings settings;
  settings.setValue(kAppearance, static_cast<int>(preferences.appearance));
  settings.setValue(kDevice, preferences.device);
  settings.setValue(kThreads, preferences.threads);
  settings.setValue(kAutosave, preferences.autosave_minutes);
  settings.setValue(kWelcome, preferences.welcome);
}

PreferencesDialog::PreferencesDialog(const Preferences& preferences, QWidget* parent)
    : QDialog(parent), preferences_(preferences) {
  setObjectName("preferences");
  setWindowTitle(tr("Preferences"));
  const auto tell = [this] { Q_EMIT changed(preferences_); };

  auto* appearance = new QComboBox;
  appearance->setObjectName("appearance");
  appearance->addItems({tr("As the system"), tr("Light"), tr("Dark")});
  appearance->setCurrentIndex(static_cast<int>(preferences_.appearance));
  connect(appearance, &QComboBox::activated, this, [this, tell](int index) {
    preferences_.appearance = static_cast<Appearance>(index);
    tell();
  });

  auto* device = new DeviceChooser;
  device->setDevice(preferences_.device);
  connect(device, &QComboBox::currentIndexChanged, this, [this, device, tell] {
    preferences_.device = device->device();
    tell();
  });

  auto* threads = new QSpinBox;
  threads->setObjectName("threads");
  threads->setRange(0, 1024);
  threads->setSpecialValueText(tr("one per core"));
  threads->setValue(preferences_.threads);
  connect(threads, &QSpinBox::valueChanged, this, [this, tell](int count) {
    preferences_.threads = count;
    tell();
  });

  auto* autosave = new QSpinBox;
  autosave->setObjectName("autosave");
  autosave->setRange(0, 60);
  autosave->setSuffix(QStringLiteral(" min"));
  autosave->setSpecialValueText(tr("never"));
  autosave->setValue(preferences_.autosave_minutes);
  connect(autosave, &QSpinBox::valueChanged, this, [this, tell](int minutes) {
    preferences_.autosave_minutes = minutes;
    tell();
  });

  auto* form = new QFormLayout;
  form->addRow(tr("&Appearance"), appearance);
  form->addRow(tr("&Device"), device);
  form->addRow({}, explanation(tr("auto takes a GPU where there is one.")));
  form->addRow(tr("CPU &threads"), threads);
  form->addRow({}, explanation(tr("The same number gives the same samples.")));
  form->addRow(tr("Keep a &safety copy every"), autosave);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::accept);
  auto* column = new QVBoxLayout(this);
  column->addLayout(form);
  column->addWidget(buttons);
}

}  // namespace octet::ui
