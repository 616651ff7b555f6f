#pragma once

#include <cstdint>
#include <functional>

namespace octet {

/// Does `work(begin, end)` over all of 0 … count - 1, in ranges of at least `grain`, on this thread's CPU
/// threads (use_threads); within other such work on this thread alone. Where the ranges end depends on the
/// threads. Throws what `work` throws.
void in_parallel(std::int64_t count, std::int64_t grain,
                 const std::function<void(std::int64_t begin, std::int64_t end)>& work);

}  // namespace octet
