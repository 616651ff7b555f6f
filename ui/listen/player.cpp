#include "ui/listen/player.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "ui/runs/run_names.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr int kFrameMs = 16;        // the playhead moves at the rate screens do
constexpr int kIdleMs = 2000;       // how long a silent device is held
constexpr double kShortest = 0.02;  // seconds; shorter loops are a tone

constexpr double kMostLift = 10;  // 20 dB

/// What makes a difference as loud as what it is of, where that does not clip.
double lift(const Level& whole, const Level& difference) {
  const double wanted = whole.rms / std::max(difference.rms, 1e-9);
  return std::max(1.0, std::min({wanted, kMostLift, 1 / std::max(difference.peak, 1e-9)}));
}

/// How loud a band of a sound is, from every 61st sample of it: enough for a gain, and no time is lost.
Level band_level(const std::vector<float>& samples, const std::vector<float>& taps) {
  constexpr std::size_t kStep = 61;
  constexpr double kBetween = 1.5;  // what the peaks between may have more
  double squares = 0, peak = 0;
  int count = 0;
  for (std::size_t at = 0; at < samples.size(); at += kStep, ++count) {
    const auto value = static_cast<double>(filtered(samples, taps, static_cast<std::int64_t>(at)));
    squares += value * value;
    peak = std::max(peak, std::abs(value));
  }
  return {{}, std::sqrt(squares / std::max(count, 1)), kBetween * peak};
}

std::int64_t frames(double seconds) { return std::llround(seconds * kSampleRate); }

}  // namespace

Player::Player(std::unique_ptr<SoundSystem> system, QObject* parent)
    : QObject(parent), output_(mixer_, std::move(system)) {
  clock_.setObjectName(QStringLiteral("playhead"));
  clock_.setInterval(kFrameMs);
  clock_.setTimerType(Qt::PreciseTimer);
  connect(&clock_, &QTimer::timeout, this, &Player::tick);
  idle_.setInterval(kIdleMs);
  idle_.setSingleShot(true);
  connect(&idle_, &QTimer::timeout, this, [this] {
    output_.stop();
    mixer_.settle();
  });
  connect(&output_, &AudioOutput::availabilityChanged, this, [this] {
    if (output_.available()) return;
    pause();
    seek(position_);  // nobody renders the fade; what was heard last is where it goes on
    output_.stop();
  });
}

void Player::setRuns(const Runs& runs) {
  const bool other_clip = runs_.empty() || runs.empty() || runs_.front()->key.clip != runs.front()->key.clip;
  runs_ = runs;
  if (other_clip) {
    pause();
    loop_.reset();
    looping_ = false;
  }
  rebuild();
  if (other_clip) seek(0);
}

void Player::setOriginal(const std::shared_ptr<const Sound>& original,
                         std::shared_ptr<const SoundOverview> overview) {
  Q_ASSERT(!original || (original->sample_rate == kSampleRate && original->channels == 1));
  original_.reset();
  original_overview_ = std::move(overview);
  if (original) original_ = {original, &original->samples};
  rebuild();
}

QColor track_colour(const PlayerTrack& track) {
  return track.slot < 0 ? colours().muted : run_colour(track.slot);
}

QString track_letter(const PlayerTrack& track) {
  return track.kind == PlayerTrack::Kind::recording ? recording_letter() : track.name;
}

PlayerTrack Player::described(PlayerTrack::Kind kind, const QString& name,
                              std::shared_ptr<const std::vector<float>> samples,
                              std::shared_ptr<const SoundOverview> overview) {
  if (!overview) {
    Made& made = made_[samples.get()];
    if (made.samples.expired())
      made = {samples, std::make_shared<const SoundOverview>(*samples, kSampleRate)};
    overview = made.overview;
  }
  return {kind, name, {}, -1, 0, std::move(samples), std::move(overview), 1};
}

/// One that is equal to the sample has no lane: there would be nothing to hear.
void Player::find_difference() {
  auto pair = runs_.size() > 1 ? std::pair(runs_[0], runs_[1]) : decltype(differing_)();
  if (pair == differing_) return;
  differing_ = std::move(pair);
  difference_.reset();
  if (!differing_.first) return;
  const auto &from = differing_.first->synthesis.waveform, &to = differing_.second->synthesis.waveform;
  std::vector<float> difference(std::min(from.size(), to.size()));
  std::ranges::transform(to.begin(), to.begin() + std::ssize(difference), from.begin(), from.end(),
                         difference.begin(), std::minus<>());
  if (std::ranges::any_of(difference, [](float sample) { return sample != 0; }))
    difference_ = std::make_shared<const std::vector<float>>(std::move(difference));
}

void Player::rebuild() {
  std::vector<PlayerTrack> tracks;
  using Kind = PlayerTrack::Kind;
  for (const auto& run : runs_) {
    tracks.push_back(described(Kind::run, run->name, {run, &run->synthesis.waveform}, run->overview));
    tracks.back().plan = run->plan;
    tracks.back().slot = run->slot();
    tracks.back().edits_ago = run->edits_ago;
  }
  if (original_) tracks.push_back(described(Kind::recording, tr("Original"), original_, original_overview_));
  find_difference();
  if (difference_)
    tracks.push_back(
        described(Kind::difference, difference_name(runs_[1]->name, runs_[0]->name), difference_, nullptr));
  const auto before = std::exchange(tracks_, std::move(tracks));
  std::erase_if(made_, [this](const auto& entry) {
    return std::ranges::none_of(tracks_,
                                [&](const auto& track) { return track.samples.get() == entry.first; });
  });

  const auto last = std::max(0, static_cast<int>(tracks_.size()) - 1);
  const auto index_now = [&](int index, int otherwise) {
    if (index < std::ssize(before))
      for (std::size_t i = 0; i < tracks_.size(); ++i)
        if (tracks_[i].place() == before[static_cast<std::size_t>(index)].place()) return static_cast<int>(i);
    return std::min(otherwise, last);
  };
  const int active = active_;
  active_ = index_now(active_, 0);
  previous_ = index_now(previous_, 1);
  if (previous_ == active_) previous_ = std::min(active_ == 0 ? 1 : 0, last);
  hand_tracks_over();
  if (loop_ && loop_->end > duration()) loop_.reset();
  hand_loop_over();
  if (tracks_.empty()) pause();
  Q_EMIT tracksChanged();
  if (active_ != active) Q_EMIT activeRunChanged(active_);
  if (position_ > duration()) seek(duration());
}

void Player::hand_tracks_over() {
  std::vector<Level> levels;
  levels.reserve(tracks_.size());
  for (const auto& track : tracks_)
    if (track.kind != PlayerTrack::Kind::difference) levels.push_back(track.level());
  auto gains = level_match_ ? matching_gains(levels) : std::vector<double>(levels.size(), 1.0);
  if (gains.size() < tracks_.size())
    gains.push_back(level_match_ ? lift(levels.front(), tracks_.back().level()) : 1);
  band_gain_ = 1;
  if (taps_ && !tracks_.empty())
    band_gain_ = lift(tracks_.front().level(), band_level(*tracks_.front().samples, *taps_));
  std::vector<Mixer::Track> mixed;
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    tracks_[i].gain = gains[i];
    mixed.push_back({tracks_[i].samples, static_cast<float>(gains[i] * band_gain_), taps_});
  }
  mixer_.set_tracks(std::move(mixed));
  mixer_.select(active_);
  if (!output_.held()) mixer_.settle();  // nobody else would let the former tracks go
}

void Player::hand_loop_over() {
  if (!looping_) {
    mixer_.set_loop({});
  } else if (loop_) {
    mixer_.set_loop(Mixer::Loop{frames(loop_->begin), frames(loop_->end)});
  } else {
    mixer_.set_loop(Mixer::Loop{0, mixer_.length()});
  }
  Q_EMIT loopChanged();
}

void Player::play() {
  if (playing_ || tracks_.empty() || !output_.start()) return;
  idle_.stop();
  mixer_.play();
  playing_ = true;
  clock_.start();
  Q_EMIT playingChanged(true);
}

void Player::pause() {
  if (!playing_) return;
  mixer_.pause();
  playing_ = false;  // the clock goes on until the pause is heard
  idle_.start();
  Q_EMIT playingChanged(false);
}

void Player::togglePlaying() { playing_ ? pause() : play(); }

void Player::seek(double seconds) {
  seconds = std::clamp(seconds, 0.0, duration());
  mixer_.seek(frames(seconds));
  show(seconds);
}

void Player::step(double seconds) { seek(position_ + seconds); }

void Player::toStart() { seek(loop_ && looping_ && position_ > loop_->begin ? loop_->begin : 0); }

void Player::switchTo(int track) {
  if (track < 0 || track >= static_cast<int>(tracks_.size()) || track == active_) return;
  previous_ = active_;
  active_ = track;
  mixer_.select(track);
  Q_EMIT activeRunChanged(track);
}

void Player::next() {
  const auto last = std::ranges::count_if(
      tracks_, [](const auto& track) { return track.kind != PlayerTrack::Kind::difference; });
  if (last > 0) switchTo((active_ + 1) % static_cast<int>(last));
}

void Player::swap() { switchTo(previous_); }

void Player::setLoop(double begin, double end) {
  if (begin > end) std::swap(begin, end);
  begin = std::clamp(begin, 0.0, std::max(0.0, duration() - kShortest));
  end = std::clamp(end, begin + kShortest, std::max(begin + kShortest, duration()));
  loop_ = TimeSpan{begin, end};
  looping_ = true;
  hand_loop_over();
  if (position_ < begin || position_ >= end) seek(begin);
}

void Player::clearLoop() {
  loop_.reset();
  looping_ = false;
  hand_loop_over();
}

void Player::setLooping(bool looping) {
  if (looping == looping_) return;
  looping_ = looping;
  hand_loop_over();
  if (looping_ && loop_ && (position_ < loop_->begin || position_ >= loop_->end)) seek(loop_->begin);
}

void Player::setLevelMatch(bool on) {
  if (on == level_match_) return;
  level_match_ = on;
  hand_tracks_over();
  Q_EMIT levelMatchChanged();
}

void Player::setBand(const std::optional<FrequencyBand>& band) {
  if (band == band_) return;
  band_ = band;
  taps_ = band ? std::make_shared<const std::vector<float>>(band_pass(*band, kSampleRate)) : nullptr;
  hand_tracks_over();
  Q_EMIT bandChanged();
}

void Player::setVolume(double volume) {
  volume_ = std::clamp(volume, 0.0, 1.0);
  // Ears judge ratios: half way is 15 dB down, not 6.
  mixer_.set_volume(static_cast<float>(std::pow(volume_, 2.5)));
}

void Player::tick() {
  const auto heard = mixer_.heard(output_.heard());
  show(static_cast<double>(heard.position) / kSampleRate);
  Q_EMIT peakHeard(mixer_.take_peak());
  if (heard.ended && playing_) pause();
  if (!playing_ && !heard.playing) clock_.stop();
}

void Player::show(double position) {
  if (position == position_) return;
  position_ = position;
  Q_EMIT positionChanged(position);
}

}  // namespace octet::ui
