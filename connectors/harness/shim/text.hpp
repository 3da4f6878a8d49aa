// Texts: UTF-16 inside, as in MQL; UTF-8 outside. And what ends a program: a critical error of the terminal.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <algorithm>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

namespace mqlrt {
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
enum datetime : long {};
enum color : int {};

struct Critical { std::string what; };
[[noreturn]] inline void critical(const std::string &what) { throw Critical{what}; }
// What a program gets away with in a terminal and must not do: tests look for it on standard error.
inline void warn(const std::string &what) { std::cerr << "WARN " << what << "\n"; }

inline std::string to8(const std::u16string &s) {
  std::string o;
  for (size_t i = 0; i < s.size(); ++i) {
    uint32_t c = s[i];
    if (c >= 0xD800 && c < 0xDC00 && i + 1 < s.size()) c = 0x10000 + ((c - 0xD800) << 10) + (s[++i] - 0xDC00);
    if (c < 0x80) o += char(c);
    else if (c < 0x800) { o += char(0xC0 | c >> 6); o += char(0x80 | (c & 63)); }
    else if (c < 0x10000) { o += char(0xE0 | c >> 12); o += char(0x80 | (c >> 6 & 63)); o += char(0x80 | (c & 63)); }
    else { o += char(0xF0 | c >> 18); o += char(0x80 | (c >> 12 & 63)); o += char(0x80 | (c >> 6 & 63)); o += char(0x80 | (c & 63)); }
  }
  return o;
}
inline std::u16string to16(const std::string &s) {
  std::u16string o;
  for (size_t i = 0; i < s.size();) {
    unsigned char b = static_cast<unsigned char>(s[i]);
    uint32_t c; size_t n;
    if (b < 0x80) { c = b; n = 1; } else if (b >= 0xF0) { c = b & 7; n = 4; } else if (b >= 0xE0) { c = b & 15; n = 3; }
    else if (b >= 0xC0) { c = b & 31; n = 2; } else { c = 0xFFFD; n = 1; }
    if (i + n > s.size()) { o += char16_t(0xFFFD); break; }
    for (size_t k = 1; k < n; ++k) c = c << 6 | (s[i + k] & 63);
    i += n;
    if (c >= 0x10000) { c -= 0x10000; o += char16_t(0xD800 + (c >> 10)); o += char16_t(0xDC00 + (c & 0x3FF)); } else o += char16_t(c);
  }
  return o;
}
// The shortest decimal that reads back as the same number, as the terminal prints doubles.
inline std::string shortest(double v) {
  char b[400];
  if (!std::isfinite(v)) return std::isnan(v) ? "nan" : v < 0 ? "-inf" : "inf";
  if (std::fabs(v) < 1e15) for (int p = 1; p <= 16; ++p) { snprintf(b, sizeof b, "%.*f", p, v); if (strtod(b, nullptr) == v) return b; }
  for (int p = 1; p <= 17; ++p) { snprintf(b, sizeof b, "%.*g", p, v); if (strtod(b, nullptr) == v) break; }
  return b;
}
std::string time_text(long time, int flags);

class string {
 public:
  std::u16string d;
  string() {}
  explicit string(const std::u16string &s) : d(s) {}
  explicit string(const std::string &s) : d(to16(s)) {}
  explicit string(const char *s) : d(to16(s)) {}
  explicit string(bool b) : d(b ? u"true" : u"false") {}
  explicit string(double v) : d(to16(shortest(v))) {}
  explicit string(datetime t) : d(to16(time_text(t, 7))) {}
  template <class T, class = std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>>>
  explicit string(T v) : d(to16(std::to_string(v))) {}
  std::string u8() const { return to8(d); }
  string &operator+=(const string &o) { d += o.d; return *this; }
};
inline string operator""_s(const char16_t *p, size_t n) { return string(std::u16string(p, n)); }
inline string operator+(const string &a, const string &b) { return string(a.d + b.d); }
#define MQL_COMPARE(op) inline bool operator op(const string &a, const string &b) { return a.d op b.d; }
MQL_COMPARE(==) MQL_COMPARE(!=) MQL_COMPARE(<) MQL_COMPARE(>) MQL_COMPARE(<=) MQL_COMPARE(>=)
#undef MQL_COMPARE
}  // namespace mqlrt
