#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/audio/lock_free.h"

namespace octet {

/// Plays one of several tracks that share one playhead, and changes between them without losing a sample.
///
/// Two threads: the player's calls everything but `render`, the sound card's calls `render` alone, which
/// never locks, allocates or frees. What the player wants is handed over as one state, so that it does not
/// matter whether anybody renders: the last wish counts.
///
/// All that would click (another track, another gain, a jump, the wrap of a loop, play and pause) is one and
/// the same: a crossfade of 8 ms from where the sound was to where it goes on. It is linear, because the
/// tracks are takes of one utterance that differ little: their weights sum to one, so that the level stays
/// what it is and two equal tracks give that track bit by bit. (Equal power would lift them by 3 dB in the
/// middle.)
class Mixer {
 public:
  struct Track {
    std::shared_ptr<const std::vector<float>> samples;  ///< mono
    float gain = 1;
    /// A band of it, in its place: taps of core/audio/band_pass.h; null: all of it.
    std::shared_ptr<const std::vector<float>> band = {};
  };

  /// Samples [begin, end).
  struct Loop {
    std::int64_t begin = 0;
    std::int64_t end = 0;
  };

  struct Playhead {
    std::int64_t position = 0;  ///< sample, 0 … length()
    bool playing = false;
    bool ended = false;  ///< it came to the end of the longest track by itself
  };

  explicit Mixer(int sample_rate);

  int sample_rate() const { return sample_rate_; }
  /// Length of a crossfade, samples.
  int fade() const { return fade_; }

  // The player's thread.

  /// Playhead, loop and, if it still exists, the selected track stay.
  void set_tracks(std::vector<Track> tracks);
  /// Samples of the longest track.
  std::int64_t length() const { return asked_.length; }
  void select(int track);
  /// At the end it starts over.
  void play();
  void pause();
  void seek(std::int64_t position);
  /// Reaching the end of the loop goes on at its begin; what plays outside it goes on until then. Loops
  /// shorter than a crossfade are lengthened to one.
  void set_loop(std::optional<Loop> loop);
  /// Factor on all tracks, 0 … 1.
  void set_volume(float volume);

  /// While nobody renders: takes over what is wanted, without a crossfade, so that tracks which were replaced
  /// are let go. Safe where a last `render` still runs, which it then leaves alone.
  void settle();

  /// Frames handed to the sound card so far.
  std::int64_t rendered() const { return rendered_.load(std::memory_order_acquire); }
  /// Where the playhead is when frame `frame` is heard. A jump that was asked for but cannot be heard yet
  /// counts as heard. Frames must not go back by more than was buffered.
  Playhead heard(std::int64_t frame);
  Playhead heard() { return heard(rendered()); }
  /// The largest sample rendered since this was asked last; more than 1 is cut by the card.
  float take_peak() { return peak_.exchange(0, std::memory_order_relaxed); }

  // The sound card's thread.

  /// Silence while `settle` is at work.
  void render(std::span<float> out) noexcept;

 private:
  using Tracks = std::vector<Track>;

  /// What the player wants, as one value.
  struct Wish {
    std::uint64_t number = 0;
    const Tracks* tracks = nullptr;
    std::int64_t length = 0;
    int selected = 0;
    float volume = 1;
    bool playing = false;
    std::int64_t loop_begin = 0, loop_end = 0;  ///< none when equal
    std::uint64_t seeks = 0;                    ///< how many; a new number means a jump to `target`
    std::int64_t target = 0;
  };

  /// A place in a track; without samples it is silence.
  struct Source {
    const std::vector<float>* samples = nullptr;
    float gain = 0;
    std::int64_t position = 0;
    const std::vector<float>* band = nullptr;

    bool operator==(const Source&) const = default;
  };

  /// From frame `frame` on, the playhead is at `position` and moves or not.
  struct Mark {
    std::int64_t frame = 0, position = 0;
    std::uint64_t seeks = 0;
    bool moving = false, ended = false;
  };

  void publish();
  void collect();

  void adopt();
  void wrap();
  void end();
  void go_on_at(const Source& source);
  Source playing_source() const;
  float sample(const Source& source, std::int64_t ahead) const;
  std::int64_t until_next_event() const;
  void mix(std::span<float> out);
  void mark();

  const int sample_rate_;
  const int fade_;

  // The player's.
  Wish asked_;
  std::shared_ptr<const Tracks> tracks_;
  std::vector<std::pair<std::uint64_t, std::shared_ptr<const Tracks>>> retired_;  ///< since which wish
  std::deque<Mark> marks_{Mark{}};

  // Between the two.
  Latest<Wish> wishes_;
  Ring<Mark, 1024> told_;
  std::atomic<std::int64_t> rendered_{0};
  std::atomic<float> peak_{0};
  std::atomic_flag at_work_;               ///< who has it, may touch what is the sound card's
  std::atomic<std::uint64_t> settled_{0};  ///< no tracks that were retired by this wish are touched any more

  // The sound card's.
  Wish given_;
  Source now_, before_;
  int fade_left_ = 0;
  std::int64_t frame_ = 0, position_ = 0;
  bool moving_ = false, ended_ = false, looping_ = false, mark_due_ = false;
};

}  // namespace octet
