#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace octet {

/// SHA-256 as in FIPS 180-4, over bytes that come in pieces. By OpenSSL's libcrypto; in builds without it
/// (-DOCTET_WITH_OPENSSL=OFF) by code of our own, at a sixth of the speed.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(std::span<const std::byte> bytes);
  /// How many values there are, as 64 bits, then their bytes: no two lists of values are one text.
  template <typename Values>
  void update_counted(const Values& values) {
    const std::uint64_t count = values.size();
    update(std::as_bytes(std::span(&count, 1)));
    update(std::as_bytes(std::span(values)));
  }
  /// The digest in lower-case hex. Ends the computation.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace octet
