#include "ui/workbench/memory_readout.h"

#include <QLocale>

#include "ui/language/symbols.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr int kPeriod = 1000;  // ms

QString gigabytes(std::uint64_t bytes) {
  const double value = static_cast<double>(bytes) / 1e9;
  return QLocale().toString(value, 'f', value < 9.95 ? 1 : 0);
}

}  // namespace

QString memory_text(const MemoryUse& memory) {
  return with_unit(QStringLiteral("%1/%2").arg(gigabytes(memory.used), gigabytes(memory.total)), "GB");
}

MemoryReadout::MemoryReadout(JobRunner& lane, QWidget* parent) : QLabel(parent), lane_(lane) {
  setObjectName("memory");
  setForegroundRole(QPalette::PlaceholderText);
  setContentsMargins(2 * kSpacing, 0, 2 * kSpacing, 0);
  clock_.setInterval(kPeriod);
  connect(&clock_, &QTimer::timeout, this, &MemoryReadout::ask);
}

void MemoryReadout::setDevice(const QString& name) {
  if (name == device_) return;
  device_ = name;
  started_ = false;
  clear();
  if (isVisible()) ask();
}

void MemoryReadout::setStarted() { started_ = true; }

void MemoryReadout::ask() {
  const bool on_cpu = device_ == QLatin1String("cpu") || gpu_count() == 0;
  if (lane_.pending() > 0 || !(on_cpu || started_)) return;
  lane_.run(
      tr("Memory"), this,
      [name = device_.toStdString()](const JobControl&) {
        const auto device = parse_device(name);
        return Found{device, QString::fromStdString(describe(device)), memory_use(device)};
      },
      [this, asked = device_](const Found& found) {
        if (asked == device_) tell(found);
      });
}

void MemoryReadout::tell(const Found& found) {
  const bool gpu = found.device.kind == Device::Kind::cuda;
  setText(QStringLiteral("%1 %2").arg(QLatin1String(gpu ? "GPU" : "CPU"), memory_text(found.memory)));
  setToolTip(gpu ? tr("%1 (%2): memory in use, and all of it")
                       .arg(found.name, QString::fromStdString(to_string(found.device)))
                 : tr("Computed on the CPU: memory this program holds, and what it may take"));
  setAccessibleName(text());
}

void MemoryReadout::hideEvent(QHideEvent* event) {
  clock_.stop();
  QLabel::hideEvent(event);
}

void MemoryReadout::showEvent(QShowEvent* event) {
  ask();
  clock_.start();
  QLabel::showEvent(event);
}

}  // namespace octet::ui
