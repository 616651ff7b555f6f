#include "core/audio/mixer.h"

#include <algorithm>
#include <cmath>

#include "core/audio/band_pass.h"

namespace octet {
namespace {

constexpr double kFadeSeconds = 0.008;

}  // namespace

Mixer::Mixer(int sample_rate)
    : sample_rate_(sample_rate), fade_(std::max(1, static_cast<int>(sample_rate * kFadeSeconds))) {}

// --- the player's thread ---

void Mixer::set_tracks(std::vector<Track> tracks) {
  std::int64_t length = 0;
  for (const auto& track : tracks)
    length = std::max(length, static_cast<std::int64_t>(track.samples->size()));
  retired_.emplace_back(asked_.number + 1, std::move(tracks_));
  tracks_ = std::make_shared<const Tracks>(std::move(tracks));
  asked_.tracks = tracks_.get();
  asked_.length = length;
  asked_.selected = std::clamp(asked_.selected, 0, std::max(0, static_cast<int>(tracks_->size()) - 1));
  publish();
}

void Mixer::select(int track) {
  if (!tracks_ || track < 0 || track >= static_cast<int>(tracks_->size()) || track == asked_.selected) return;
  asked_.selected = track;
  publish();
}

void Mixer::play() {
  collect();
  const Mark& last = marks_.back();
  if (last.seeks == asked_.seeks ? last.ended : asked_.target >= asked_.length) {
    ++asked_.seeks;
    asked_.target = asked_.loop_begin < asked_.loop_end ? asked_.loop_begin : 0;
  }
  asked_.playing = true;
  publish();
}

void Mixer::pause() {
  asked_.playing = false;
  publish();
}

void Mixer::seek(std::int64_t position) {
  ++asked_.seeks;
  asked_.target = std::clamp<std::int64_t>(position, 0, asked_.length);
  publish();
}

void Mixer::set_loop(std::optional<Loop> loop) {
  asked_.loop_begin = loop ? std::max<std::int64_t>(0, loop->begin) : 0;
  asked_.loop_end = loop ? std::max(loop->end, asked_.loop_begin + fade_) : 0;
  publish();
}

void Mixer::set_volume(float volume) {
  asked_.volume = std::clamp(volume, 0.f, 1.f);
  publish();
}

void Mixer::settle() {
  if (at_work_.test_and_set(std::memory_order_acquire)) return;
  fade_left_ = 0;
  before_ = {};
  adopt();
  fade_left_ = 0;
  before_ = {};
  settled_.store(given_.number, std::memory_order_release);
  at_work_.clear(std::memory_order_release);
  collect();
}

void Mixer::publish() {
  ++asked_.number;
  wishes_.publish(asked_);
  collect();
}

void Mixer::collect() {
  const auto settled = settled_.load(std::memory_order_acquire);
  std::erase_if(retired_, [&](const auto& retired) { return retired.first <= settled; });
  for (Mark mark; told_.pop(mark);) marks_.push_back(mark);
}

Mixer::Playhead Mixer::heard(std::int64_t frame) {
  collect();
  while (marks_.size() > 1 && marks_[1].frame <= frame) marks_.pop_front();
  const Mark& mark = marks_.front();
  if (mark.seeks != asked_.seeks) return {std::min(asked_.target, asked_.length), asked_.playing, false};
  const auto moved = mark.moving ? std::max<std::int64_t>(0, frame - mark.frame) : 0;
  return {std::min(mark.position + moved, asked_.length), mark.moving, mark.ended};
}

// --- the sound card's thread ---

void Mixer::render(std::span<float> out) noexcept {
  if (at_work_.test_and_set(std::memory_order_acquire)) {
    std::ranges::fill(out, 0.f);
    return;
  }
  while (!out.empty()) {
    // A wrap that fell into another crossfade is made up for right after it.
    if (fade_left_ == 0 && moving_) {
      if (looping_ && position_ >= given_.loop_end) {
        wrap();
      } else if (!looping_ && position_ >= given_.length + fade_) {
        end();
      }
    }
    if (fade_left_ == 0) adopt();
    auto count = static_cast<std::int64_t>(out.size());
    if (fade_left_ > 0) count = std::min<std::int64_t>(count, fade_left_);
    if (const auto event = until_next_event(); event > 0) count = std::min(count, event);
    mix(out.first(static_cast<std::size_t>(count)));
    out = out.subspan(static_cast<std::size_t>(count));
  }
  if (fade_left_ == 0) settled_.store(given_.number, std::memory_order_release);
  rendered_.store(frame_, std::memory_order_release);
  at_work_.clear(std::memory_order_release);
}

void Mixer::adopt() {
  const auto seeks = given_.seeks;
  if (wishes_.take(given_)) {
    if (given_.seeks != seeks) {
      position_ = given_.target;
      ended_ = false;
    }
    moving_ = given_.playing && !ended_ && given_.tracks && !given_.tracks->empty();
    looping_ = given_.loop_begin < given_.loop_end && position_ < given_.loop_end;
    mark_due_ = true;
    go_on_at(playing_source());
  }
  if (mark_due_) mark();
}

void Mixer::wrap() {
  position_ = given_.loop_begin + (position_ - given_.loop_end);
  go_on_at(playing_source());
  mark();
}

void Mixer::end() {
  moving_ = false;
  ended_ = true;
  position_ = given_.length;
  now_ = {};
  mark();
}

void Mixer::go_on_at(const Source& source) {
  if (source == now_) return;
  before_ = now_;
  now_ = source;
  fade_left_ = fade_;
}

Mixer::Source Mixer::playing_source() const {
  if (!moving_) return {};
  const Track& track = (*given_.tracks)[static_cast<std::size_t>(given_.selected)];
  return {track.samples.get(), track.gain * given_.volume, position_, track.band.get()};
}

/// A track that ends elsewhere than at zero fades away in the 8 ms behind it.
float Mixer::sample(const Source& source, std::int64_t ahead) const {
  if (!source.samples || source.samples->empty()) return 0;
  const auto position = source.position + ahead;
  const auto size = static_cast<std::int64_t>(source.samples->size());
  if (source.band) return source.gain * filtered(*source.samples, *source.band, position);
  if (position < size) return source.gain * (*source.samples)[static_cast<std::size_t>(position)];
  const auto left = std::max<std::int64_t>(0, size + fade_ - position);
  return source.gain * source.samples->back() * static_cast<float>(left) / static_cast<float>(fade_ + 1);
}

/// Frames until the loop or the track ends; 0 or less: nothing of that is ahead.
std::int64_t Mixer::until_next_event() const {
  if (!moving_) return 0;
  return looping_ ? given_.loop_end - position_ : given_.length + fade_ - position_;
}

void Mixer::mix(std::span<float> out) {
  const auto count = static_cast<std::int64_t>(out.size());
  for (std::int64_t i = 0; i < count; ++i) {
    float& value = out[static_cast<std::size_t>(i)] = sample(now_, i);
    if (fade_left_ == 0) continue;
    const float weight = static_cast<float>(fade_ + 1 - fade_left_--) / static_cast<float>(fade_ + 1);
    const float from = sample(before_, i);
    value = from + weight * (value - from);
  }
  float peak = peak_.load(std::memory_order_relaxed);
  for (const float value : out) peak = std::max(peak, std::abs(value));
  peak_.store(peak, std::memory_order_relaxed);
  before_.position += count;
  if (fade_left_ == 0) before_ = {};
  if (moving_) now_.position = position_ += count;
  frame_ += count;
}

void Mixer::mark() {
  // When the player did not listen for long, it learns the state later.
  mark_due_ = !told_.push({frame_, position_, given_.seeks, moving_, ended_});
}

}  // namespace octet
