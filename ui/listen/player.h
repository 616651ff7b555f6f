#pragma once

#include <QColor>
#include <QObject>
#include <QString>
#include <QTimer>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "core/audio/band_pass.h"
#include "core/audio/mixer.h"
#include "core/audio/sound_file.h"
#include "ui/listen/audio_output.h"
#include "ui/runs/run.h"
#include "ui/sound/sound_overview.h"
#include "ui/timeline/timeline.h"

namespace octet::ui {

/// One sound that can be chosen while all play.
struct PlayerTrack {
  enum class Kind {
    run,
    recording,   ///< what the tokens came from
    difference,  ///< of the second run from the first, sample by sample: what was lost, and what came
  };

  Kind kind = Kind::run;
  QString name;                                       ///< "A", "B" …, "Original", "B−A"
  QString plan;                                       ///< empty but for a run
  int slot = -1;                                      ///< Run::slot; -1 but for a run
  int edits_ago = 0;                                  ///< Run::edits_ago
  std::shared_ptr<const std::vector<float>> samples;  ///< at kSampleRate
  std::shared_ptr<const SoundOverview> overview;      ///< of the samples
  double gain = 1;                                    ///< linear, of the level match

  const Level& level() const { return overview->level; }
  WaveformPeaks::Stretch stretch(std::int64_t begin, std::int64_t end) const {
    return overview->peaks.of(*samples, begin, end);
  }
  double seconds() const { return static_cast<double>(samples->size()) / kSampleRate; }
  /// Among others: there is one recording, one difference, and of a slot one run so many edits ago.
  auto place() const { return std::tuple(kind, slot, edits_ago); }
};

/// The colour of its slot; the recording has one that no slot has.
QColor track_colour(const PlayerTrack& track);
/// What it is called where there is no room for its name.
QString track_letter(const PlayerTrack& track);

/// The transport: which track plays, where, and whether.
class Player : public QObject {
  Q_OBJECT

 public:
  explicit Player(std::unique_ptr<SoundSystem> system = nullptr, QObject* parent = nullptr);

  /// Runs of one clip; the first is what the others are matched to. With another clip than before, the
  /// playhead goes to the start; else playing goes on.
  void setRuns(const Runs& runs);
  /// The recording the tokens came from, mono at kSampleRate, as the track behind the runs; null: none.
  /// An overview that was made on a lane spares this thread making it; so do those of runs.
  void setOriginal(const std::shared_ptr<const Sound>& original,
                   std::shared_ptr<const SoundOverview> overview = nullptr);

  const std::vector<PlayerTrack>& tracks() const { return tracks_; }
  int active() const { return active_; }
  /// Seconds that are heard now.
  double position() const { return position_; }
  /// Of the longest track, seconds.
  double duration() const { return static_cast<double>(mixer_.length()) / kSampleRate; }
  bool playing() const { return playing_; }
  bool looping() const { return looping_; }
  const std::optional<TimeSpan>& loop() const { return loop_; }
  bool levelMatch() const { return level_match_; }
  const std::optional<FrequencyBand>& band() const { return band_; }
  double bandGain() const { return band_gain_; }  ///< linear; 1 without a band
  double volume() const { return volume_; }
  const AudioOutput& output() const { return output_; }
  AudioOutput& output() { return output_; }

 public Q_SLOTS:
  void play();
  void pause();
  void togglePlaying();
  void seek(double seconds);
  /// Relative to where it is.
  void step(double seconds);
  void toStart();
  /// Position and playing stay.
  void switchTo(int track);
  /// The next run or the recording.
  void next();
  /// To the track that was active before.
  void swap();
  /// Selects what is looped, and loops it: what is outside it goes to its begin.
  void setLoop(double begin, double end);
  void clearLoop();
  /// Without a selection the whole clip.
  void setLooping(bool looping);
  void setLevelMatch(bool on);
  /// Only these frequencies of every track, in their places; empty: all. All runs are lifted alike, so that
  /// the first one's band is as loud as the whole was, by 20 dB at most.
  void setBand(const std::optional<FrequencyBand>& band);
  /// 0 … 1.
  void setVolume(double volume);

 Q_SIGNALS:
  void tracksChanged();
  void positionChanged(double seconds);
  /// Index among the tracks: runs, the original, the difference.
  void activeRunChanged(int track);
  void playingChanged(bool playing);
  void loopChanged();
  void levelMatchChanged();
  void bandChanged();
  /// The largest sample since the last time, while it plays.
  void peakHeard(float peak);

 private:
  void rebuild();
  /// One that nobody made yet, kept while its track is in use.
  struct Made {
    std::weak_ptr<const std::vector<float>> samples;
    std::shared_ptr<const SoundOverview> overview;
  };

  PlayerTrack described(PlayerTrack::Kind kind, const QString& name,
                        std::shared_ptr<const std::vector<float>> samples,
                        std::shared_ptr<const SoundOverview> overview);
  void find_difference();
  void hand_tracks_over();
  void hand_loop_over();
  void tick();
  void show(double position);

  Mixer mixer_{kSampleRate};
  AudioOutput output_;
  QTimer clock_{this}, idle_;
  Runs runs_;
  std::shared_ptr<const std::vector<float>> original_;
  std::shared_ptr<const SoundOverview> original_overview_;
  std::shared_ptr<const std::vector<float>> difference_;  ///< of `differing_`
  std::pair<std::shared_ptr<const Run>, std::shared_ptr<const Run>> differing_;
  std::map<const void*, Made> made_;
  std::vector<PlayerTrack> tracks_;
  int active_ = 0, previous_ = 0;
  double position_ = 0, volume_ = 1;
  bool playing_ = false, looping_ = false, level_match_ = true;
  std::optional<TimeSpan> loop_;
  std::optional<FrequencyBand> band_;
  std::shared_ptr<const std::vector<float>> taps_;  ///< of the band; null without one
  double band_gain_ = 1;
};

}  // namespace octet::ui
