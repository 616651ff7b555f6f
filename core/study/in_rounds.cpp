#include "core/study/in_rounds.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "core/error.h"

namespace octet {
namespace {

class Rounds {
 public:
  Rounds(std::size_t pieces, std::size_t workers, const RoundWork& work,
         const std::function<void(std::size_t)>& done)
      : workers_(workers), work_(work), done_(done), ready_(pieces) {}

  void stop() { stop_.request_stop(); }

  /// All pieces of a worker.
  void operator()(std::size_t worker) noexcept {
    try {
      for (auto piece = worker; piece < ready_.size(); piece += workers_) {
        if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, "cancelled");
        work_(worker, piece, stop_.get_token());
        hand_out(piece);
      }
    } catch (...) {
      {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
      }
      stop();
    }
  }

  /// Once all workers have ended.
  void throw_failure() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  /// `piece` is ready, and perhaps others that waited for it.
  void hand_out(std::size_t piece) {
    const std::lock_guard lock(mutex_);
    ready_[piece] = true;
    while (!failure_ && next_ < ready_.size() && ready_[next_]) done_(next_++);
  }

  const std::size_t workers_;
  const RoundWork& work_;
  const std::function<void(std::size_t)>& done_;
  std::stop_source stop_;
  std::mutex mutex_;
  std::vector<bool> ready_;
  std::size_t next_ = 0;  ///< piece to be handed out
  std::exception_ptr failure_;
};

}  // namespace

void in_rounds(std::size_t pieces, std::size_t workers, const std::stop_token& stop, const RoundWork& work,
               const std::function<void(std::size_t)>& done) {
  Rounds rounds(pieces, workers, work, done);
  {
    const std::stop_callback passed_on(stop, [&] { rounds.stop(); });
    std::vector<std::jthread> others;
    for (std::size_t worker = 1; worker < std::min(workers, pieces); ++worker)
      others.emplace_back([&rounds, worker] { rounds(worker); });
    if (pieces > 0) rounds(0);
  }
  rounds.throw_failure();
}

}  // namespace octet
