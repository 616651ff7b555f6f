#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

namespace octet {

/// One piece of work, of which many are done. `stop` is asked for where the others need not be done any more.
using RoundWork = std::function<void(std::size_t worker, std::size_t piece, const std::stop_token& stop)>;

/// Does pieces 0 … pieces - 1 on `workers` threads, of which the caller's is the first: worker w does w,
/// w + workers, … `done` is called once for each piece, in their order whichever is ready first, on any of
/// the threads but never on two at once. Where a piece or `done` throws, no other is begun, those that are
/// being done are asked to stop, and what was thrown first is thrown here once all have ended. Throws
/// Error(cancelled) where `stop` was asked for before the last piece was begun.
void in_rounds(std::size_t pieces, std::size_t workers, const std::stop_token& stop, const RoundWork& work,
               const std::function<void(std::size_t piece)>& done);

}  // namespace octet
