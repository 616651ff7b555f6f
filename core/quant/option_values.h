#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/error.h"

namespace octet {

/// Reads the options of a method: every fault says which method has which.
class OptionValues {
 public:
  /// `known`: what there is, as a hint.
  OptionValues(std::string_view method, std::string_view known) : method_(method), known_(known) {}

  [[noreturn]] void refuse(const std::string& fault) const {
    throw Error(ErrorKind::usage, fmt::format("options of {}: {}", method_, fault), known_);
  }

  /// The JSON object that `text` is; an empty text is one without keys.
  nlohmann::json object(std::string_view text) const;
  double number(const std::string& key, const nlohmann::json& value, double least, double most) const;
  std::int64_t whole(const std::string& key, const nlohmann::json& value, std::int64_t least,
                     std::int64_t most) const;
  /// 0, 32, 64 or 128.
  std::int64_t group(const nlohmann::json& value) const;
  /// 64 hexadecimal digits.
  std::string sha256(const std::string& key, const nlohmann::json& value) const;

 private:
  std::string method_;
  std::string known_;
};

}  // namespace octet
