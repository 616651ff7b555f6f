#include "core/text_encoding.h"

#include <fmt/format.h>
#include <iconv.h>

#include <memory>

#include "core/error.h"

namespace octet {
namespace {

std::string from_utf16(std::string_view bytes, const char* encoding, std::string_view origin) {
  const auto close = [](iconv_t converter) { ::iconv_close(converter); };
  const std::unique_ptr<void, decltype(close)> converter(::iconv_open("UTF-8", encoding), close);
  std::string text(2 * bytes.size(), '\0');  // two bytes become three at most, four become four
  auto* from = const_cast<char*>(bytes.data());
  auto* to = text.data();
  auto from_left = bytes.size(), to_left = text.size();
  if (::iconv(converter.get(), &from, &from_left, &to, &to_left) == static_cast<std::size_t>(-1))
    throw Error(ErrorKind::input,
                fmt::format("{}: not valid UTF-16 at byte {}", origin, bytes.size() - from_left),
                "save it as UTF-8");
  text.resize(text.size() - to_left);
  return text;
}

}  // namespace

std::string to_utf8(std::string_view bytes, std::string_view origin) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xef\xbb\xbf"sv)) return std::string(bytes.substr(3));
  if (bytes.starts_with("\xff\xfe"sv)) return from_utf16(bytes.substr(2), "UTF-16LE", origin);
  if (bytes.starts_with("\xfe\xff"sv)) return from_utf16(bytes.substr(2), "UTF-16BE", origin);
  if (bytes.size() >= 2 && bytes[0] != '\0' && bytes[1] == '\0') return from_utf16(bytes, "UTF-16LE", origin);
  if (bytes.size() >= 2 && bytes[0] == '\0' && bytes[1] != '\0') return from_utf16(bytes, "UTF-16BE", origin);
  return std::string(bytes);
}

}  // namespace octet
