#include "core/kernels/in_parallel.h"

#include <ATen/Parallel.h>
#include <ATen/ThreadLocalState.h>
#include <omp.h>

// Torch's header runs it all on one thread where this is missing, and says nothing.
#ifndef _OPENMP
#error "compile this file with OpenMP"
#endif

namespace octet {

void in_parallel(std::int64_t count, std::int64_t grain,
                 const std::function<void(std::int64_t, std::int64_t)>& work) {
  // The header's first call on a thread would set its threads anew, to as many as there are cores.
  const int threads = at::get_num_threads();
  at::internal::lazy_init_num_threads();
  omp_set_num_threads(threads);
  const at::ThreadLocalState here;  // such as that nothing is to be differentiated
  at::parallel_for(0, count, grain, [&](std::int64_t begin, std::int64_t end) {
    const at::ThreadLocalStateGuard as_here(here);
    work(begin, end);
  });
}

}  // namespace octet
