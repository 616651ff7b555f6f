#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace octet {

/// SHA-256 as in FIPS 180-4, over bytes that come in pieces.
class Sha256 {
 public:
  void update(std::span<const std::byte> bytes);
  /// The digest in lower-case hex. Ends the computation.
  std::string hex();

 private:
  static constexpr std::size_t kBlock = 64;

  void compress(const std::byte* block);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, kBlock> pending_{};
  std::uint64_t length_ = 0;  ///< bytes so far
};

}  // namespace octet
