// Lets OpenMP's waiting threads spin for a moment only. By default they spin for milliseconds, which on a
// busy machine are taken from the very thread they wait for: with as many other busy programs as cores a
// synthesis then takes many times as long (docs/benchmarks.md).
//
// The runtime reads its environment while libraries are loaded, before main. So this runs before they are
// initialized, and starts the program once more with the variable set, which costs some 30 ms. Whoever sets
// GOMP_SPINCOUNT or OMP_WAIT_POLICY has chosen for himself: nothing is changed then and nothing started
// again.

#include <sys/auxv.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <initializer_list>

namespace {

char chosen[] = "GOMP_SPINCOUNT=10000";

// Nothing is initialized yet: no allocation, no streams, no sanitizer.
__attribute__((no_sanitize("address", "thread", "undefined"))) void start_again(int, char** arguments,
                                                                                char** environment) {
  std::size_t count = 0;
  for (; environment[count]; ++count)
    for (const char* setting : {"GOMP_SPINCOUNT=", "OMP_WAIT_POLICY="})
      if (std::strncmp(environment[count], setting, std::strlen(setting)) == 0) return;
  if (getauxval(AT_BASE) == 0) return;  // started by naming the loader, which would be started again

  char program[4096];
  const auto length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length <= 0) return;
  program[length] = '\0';
  auto** changed = static_cast<char**>(__builtin_alloca((count + 2) * sizeof(char*)));
  for (std::size_t i = 0; i < count; ++i) changed[i] = environment[i];
  changed[count] = chosen;
  changed[count + 1] = nullptr;
  execve(program, arguments, changed);  // where that fails, things go on as they are
}

[[gnu::section(".preinit_array"), gnu::used]] void (*const before_libraries)(int, char**,
                                                                             char**) = start_again;

}  // namespace
