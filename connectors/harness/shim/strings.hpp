// Functions of texts.
#pragma once
namespace mqlrt {
enum { CP_ACP = 0, CP_UTF8 = 65001 };
inline int StringLen(const string &s) { return (int)s.d.size(); }
inline int StringFind(const string &s, const string &x, int from = 0) { auto p = s.d.find(x.d, from); return p == std::u16string::npos ? -1 : (int)p; }
inline string StringSubstr(const string &s, int from, int n = -1) { if (from < 0 || from > (int)s.d.size()) return string(); return string(s.d.substr(from, n < 0 ? std::u16string::npos : n)); }
inline int StringReplace(string &s, const string &a, const string &b) { if (a.d.empty()) return -1; int n = 0; size_t p = 0; while ((p = s.d.find(a.d, p)) != std::u16string::npos) { s.d.replace(p, a.d.size(), b.d); p += b.d.size(); ++n; } return n; }
inline int StringSplit(const string &s, ushort sep, Array<string> &r) { r.v.clear(); if (s.d.empty()) return 0; std::u16string cur; for (auto c : s.d) if (c == sep) { r.v.push_back(string(cur)); cur.clear(); } else cur += c; r.v.push_back(string(cur)); return (int)r.v.size(); }
inline ushort StringGetCharacter(const string &s, int i) { return i >= 0 && i < (int)s.d.size() ? s.d[i] : 0; }
inline bool StringSetCharacter(string &s, int i, ushort c) { if (i < 0 || i > (int)s.d.size()) return false; if (i == (int)s.d.size()) s.d += char16_t(c); else s.d[i] = c; return true; }
inline string ShortToString(ushort c) { return string(std::u16string(1, char16_t(c))); }
inline string CharToString(uchar c) { return string(std::u16string(1, char16_t(c))); }
inline bool StringToUpper(string &s) { for (auto &c : s.d) if (c < 128) c = toupper(c); return true; }
inline bool StringToLower(string &s) { for (auto &c : s.d) if (c < 128) c = tolower(c); return true; }
inline bool mql_ws(char16_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
#ifndef MQL4_MODE
inline int StringTrimLeft(string &s) { int n = 0; while (n < (int)s.d.size() && mql_ws(s.d[n])) ++n; s.d.erase(0, n); return n; }
inline int StringTrimRight(string &s) { int n = 0; while (!s.d.empty() && mql_ws(s.d.back())) { s.d.pop_back(); ++n; } return n; }
#else
inline string StringTrimLeft(const string &a) { string s = a; while (!s.d.empty() && mql_ws(s.d[0])) s.d.erase(0, 1); return s; }
inline string StringTrimRight(const string &a) { string s = a; while (!s.d.empty() && mql_ws(s.d.back())) s.d.pop_back(); return s; }
#endif
inline bool StringAdd(string &a, const string &b) { a += b; return true; }
inline int StringCompare(const string &a, const string &b, bool cs = true) { string x = a, y = b; if (!cs) { StringToLower(x); StringToLower(y); } return x.d < y.d ? -1 : x.d > y.d; }
inline string IntegerToString(long v, int w = 0, ushort f = ' ') { std::string s = std::to_string(v); while ((int)s.size() < w) s = char(f) + s; return string(s); }
inline string DoubleToString(double v, int d = 8) { char b[400]; snprintf(b, sizeof b, "%.*f", d < 0 ? 8 : d, v); return string(b); }
inline double StringToDouble(const string &s) { return strtod(s.u8().c_str(), 0); }
inline long StringToInteger(const string &s) { return strtoll(s.u8().c_str(), 0, 10); }
template <class C> int StringToCharArray(const string &s, Array<C> &a, int start = 0, int n = -1, uint cp = CP_ACP) {
  std::string b;
  if (cp == CP_UTF8) b = s.u8(); else for (auto c : s.d) { if (c > 126) warn("StringToCharArray without CP_UTF8 loses a non-ASCII character"); b += c < 128 ? char(c) : '?'; }
  b += '\0';                                              // MQL copies the terminating zero when n == -1
  if (n >= 0) { if (n < (int)b.size() - 1) warn("StringToCharArray: count " + std::to_string(n) + " cuts the text (" + std::to_string(b.size() - 1) + " bytes)"); b.resize(std::min<size_t>(n, b.size())); }
  if ((int)a.v.size() < start + (int)b.size()) { if (!a.fixed) a.v.resize(start + b.size()); else b.resize(a.v.size() - start); }
  for (size_t i = 0; i < b.size(); ++i) a[start + i] = C(b[i]);
  return (int)b.size();
}
template <class C> string CharArrayToString(const Array<C> &a, int start = 0, int n = -1, uint cp = CP_ACP) {
  std::string b; for (long i = start; i < (long)a.v.size() && (n < 0 || i < start + n) && a[i]; ++i) b += char(a[i]);
  if (cp != CP_UTF8) for (auto &c : b) if (c & 0x80) { warn("CharArrayToString without CP_UTF8 on non-ASCII bytes"); c = '?'; }
  return string(b);
}
}  // namespace mqlrt
