// Starts the program once more with settings that libraries read from their environment before main, which
// costs some 30 ms:
// - OpenMP's waiting threads spin for a moment only. By default they spin for milliseconds, which on a busy
//   machine are taken from the very thread they wait for: with as many other busy programs as cores a
//   synthesis then takes many times as long (docs/benchmarks.md).
// - PyTorch keeps what oneDNN made for convolutions of the shapes met last, not of a thousand. Each clip of
//   another length brings 5 MB for each plan: over many clips memory only grew.
//
// Whoever sets such a variable has chosen for himself. Where all are set nothing is started again.

#include <sys/auxv.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace {

char spins[] = "GOMP_SPINCOUNT=10000";
char convolutions[] = "LRU_CACHE_CAPACITY=64";

struct Setting {
  const char* chosen_by[2];  ///< what variables begin with that leave nothing to choose
  char* variable;
};
const Setting settings[] = {{{"GOMP_SPINCOUNT=", "OMP_WAIT_POLICY="}, spins},
                            {{"LRU_CACHE_CAPACITY=", nullptr}, convolutions}};

// Nothing is initialized yet: no allocation, no streams, no sanitizer.
__attribute__((no_sanitize("address", "thread", "undefined"))) bool is_chosen(const Setting& setting,
                                                                              char** environment) {
  for (; *environment; ++environment)
    for (const char* begin : setting.chosen_by)
      if (begin && std::strncmp(*environment, begin, std::strlen(begin)) == 0) return true;
  return false;
}

__attribute__((no_sanitize("address", "thread", "undefined"))) void start_again(int, char** arguments,
                                                                                char** environment) {
  constexpr std::size_t kSettings = sizeof settings / sizeof *settings;
  std::size_t count = 0;
  while (environment[count]) ++count;
  auto** changed = static_cast<char**>(__builtin_alloca((count + kSettings + 1) * sizeof(char*)));
  for (std::size_t i = 0; i < count; ++i) changed[i] = environment[i];
  std::size_t added = 0;
  for (const auto& setting : settings)
    if (!is_chosen(setting, environment)) changed[count + added++] = setting.variable;
  changed[count + added] = nullptr;
  if (added == 0) return;
  if (getauxval(AT_BASE) == 0) return;  // started by naming the loader, which would be started again

  char program[4096];
  const auto length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length <= 0) return;
  program[length] = '\0';
  execve(program, arguments, changed);  // where that fails, things go on as they are
}

[[gnu::section(".preinit_array"), gnu::used]] void (*const before_libraries)(int, char**,
                                                                             char**) = start_again;

}  // namespace
