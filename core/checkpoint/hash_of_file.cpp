#include "core/checkpoint/hash_of_file.h"

#include <algorithm>
#include <vector>

#include "core/checkpoint/sha256.h"

namespace octet {

std::string hash_of_file(const HeldFile& file) {
  constexpr std::uint64_t kPiece = 1 << 20;
  std::vector<std::byte> buffer(kPiece);
  Sha256 hash;
  for (std::uint64_t at = 0; at < file.size(); at += kPiece) {
    const auto piece = std::span(buffer).first(std::min(kPiece, file.size() - at));
    file.read(at, piece);
    hash.update(piece);
  }
  return hash.hex();
}

}  // namespace octet
