#include "ui/listen/stream_resampler.h"

#include <soxr.h>

#include <array>
#include <cmath>
#include <new>

namespace octet::ui {
namespace {

constexpr std::size_t kBlock = 64;  // of the source's samples: what is fetched ahead is heard late

struct Delete {
  void operator()(soxr* resampler) const { soxr_delete(resampler); }
};

}  // namespace

struct StreamResampler::State {
  Source source;
  double ratio;  // of source samples to those put out
  std::int64_t fetched = 0, put_out = 0;
  std::array<float, kBlock> block{};
  std::unique_ptr<soxr, Delete> resampler;

  static std::size_t fetch(void* state, soxr_in_t* data, std::size_t wanted) {
    auto& self = *static_cast<State*>(state);
    const auto count = std::min(wanted, kBlock);
    self.source(std::span(self.block).first(count));
    self.fetched += static_cast<std::int64_t>(count);
    *data = self.block.data();
    return count;
  }
};

StreamResampler::StreamResampler(int from_rate, int to_rate, Source source)
    : state_(new State{std::move(source), static_cast<double>(from_rate) / to_rate, 0, 0, {}, {}}) {
  const auto format = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const auto quality = soxr_quality_spec(SOXR_HQ, 0);
  state_->resampler.reset(soxr_create(from_rate, to_rate, 1, nullptr, &format, &quality, nullptr));
  // Only for want of memory: the rates are those of files and cards.
  if (!state_->resampler || soxr_set_input_fn(state_->resampler.get(), State::fetch, state_.get(), kBlock))
    throw std::bad_alloc();
}

StreamResampler::~StreamResampler() = default;

void StreamResampler::pull(std::span<float> out) {
  while (!out.empty()) {
    const auto count = soxr_output(state_->resampler.get(), out.data(), out.size());
    if (count == 0) break;  // the source never ends: this does not happen
    state_->put_out += static_cast<std::int64_t>(count);
    out = out.subspan(count);
  }
}

std::int64_t StreamResampler::ahead() const {
  return state_->fetched - std::llround(static_cast<double>(state_->put_out) * state_->ratio);
}

std::vector<float> resampled(std::span<const float> samples, int from_rate, int to_rate) {
  std::size_t taken = 0;
  StreamResampler resampler(from_rate, to_rate, [&](std::span<float> wanted) {
    for (float& value : wanted) {
      value = taken < samples.size() ? samples[taken] : 0.f;
      ++taken;
    }
  });
  std::vector<float> out(
      static_cast<std::size_t>(std::llround(static_cast<double>(samples.size()) * to_rate / from_rate)));
  resampler.pull(out);
  return out;
}

}  // namespace octet::ui
