#pragma once

#include <QtGlobal>
#include <cstdint>
#include <random>

namespace octet::test {

/// What a random test seeds its generator with: another number each time, or that of the environment's
/// OCTET_TEST_SEED, so that a failure can be repeated. Printed with how to do so. Call it once a test
/// function.
inline std::uint64_t random_seed() {
  constexpr auto kVariable = "OCTET_TEST_SEED";
  bool given = false;
  const auto asked = qEnvironmentVariable(kVariable);
  const std::uint64_t number = asked.toULongLong(&given);
  if (!asked.isEmpty() && !given) qFatal("%s is no number: %s", kVariable, qPrintable(asked));
  const std::uint64_t seed = given ? number : std::random_device{}();
  qInfo("seed %llu; to repeat: %s=%llu", qulonglong(seed), kVariable, qulonglong(seed));
  return seed;
}

}  // namespace octet::test
