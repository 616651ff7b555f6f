#include "ui/inspector/layer_profiles.h"

#include "core/kernels/arithmetic.h"

namespace octet::ui {
namespace {

constexpr qsizetype kMostChannels = 1'000'000;  // that are remembered, 24 MB

QString key_of(const ProfileQuestion& question) {
  const auto& layer = question.checkpoint->layers()[question.layer];
  return QString::fromStdString(layer.name + '\n' + to_string(question.recipe) + '\n' +
                                (question.calibration ? question.calibration->sha256() : ""));
}

qsizetype cost_of(const LayerProfile& profile) {
  return std::ssize(profile.weight.channels) + std::ssize(profile.largest_inputs);
}

}  // namespace

LayerProfiles::LayerProfiles(JobRunner& looks, QObject* parent)
    : QObject(parent), lane_(looks), known_(kMostChannels) {
  connect(&lane_, &JobRunner::ended, this, [this](JobRunner::Id id, const JobEnd& end) {
    if (job_ != id) return;
    job_.reset();
    if (!end.succeeded() && !end.cancelled())
      Q_EMIT failed(QString::fromUtf8(end.error->what()) + QStringLiteral("\n") +
                    QString::fromStdString(end.error->hint()));
  });
}

void LayerProfiles::giveUp() {
  if (const auto job = std::exchange(job_, {})) lane_.cancel(*job);
}

void LayerProfiles::ask(const ProfileQuestion& question) {
  giveUp();
  if (checkpoint_ != question.checkpoint) known_.clear();
  checkpoint_ = question.checkpoint;
  const auto key = key_of(question);
  if (const auto* known = known_.object(key)) return Q_EMIT found(*known);
  const auto id = std::make_shared<JobRunner::Id>(0);
  *id = lane_.run(
      tr("Layer"), this,
      [question](const JobControl& control) -> Found {
        use_threads(1);  // of this lane: what is synthesized meanwhile needs the cores
        return std::make_shared<const LayerProfile>(
            profile_layer(*question.checkpoint, question.checkpoint->layers()[question.layer],
                          question.recipe, question.calibration.get(), control.stop));
      },
      [this, key, id](const Found& profile) {
        if (job_ != *id) return;  // another was asked for meanwhile
        known_.insert(key, new Found(profile), cost_of(*profile));
        Q_EMIT found(profile);
      });
  job_ = *id;
}

}  // namespace octet::ui
