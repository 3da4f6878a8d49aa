// Printing: MQL's format rules, and what it does with arguments that do not fit.
#pragma once
namespace mqlrt {
struct Arg { int k; long i = 0; double f = 0; std::u16string s; int size = 8; bool uns = false, time = false, boolean = false; };
inline Arg mkarg(const string &s) { Arg a{2}; a.s = s.d; return a; }
inline Arg mkarg(double v) { Arg a{1}; a.f = v; return a; }
inline Arg mkarg(float v) { Arg a{1}; a.f = v; return a; }
inline Arg mkarg(bool v) { Arg a{0}; a.i = v; a.boolean = true; a.size = 1; return a; }
inline Arg mkarg(datetime v) { Arg a{0}; a.i = v; a.time = true; return a; }
template <class T, class = std::enable_if_t<(std::is_integral_v<T> || std::is_enum_v<T>)&&!std::is_same_v<T, bool> && !std::is_same_v<T, datetime>>> Arg mkarg(T v) { Arg a{0}; a.i = long(v); a.size = sizeof(T); a.uns = std::is_unsigned_v<T>; return a; }
inline std::string arg8(const Arg &a) {
  if (a.k == 2) return to8(a.s);
  if (a.k == 1) return shortest(a.f);
  if (a.boolean) return a.i ? "true" : "false";
  if (a.time) return time_text(a.i, 7);
  return a.uns ? std::to_string((unsigned long)a.i) : std::to_string(a.i);
}
inline string vformat(const string &f, const std::vector<Arg> &av) {
  std::string s = f.u8(), o; size_t n = 0;
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] != '%') { o += s[i]; continue; }
    if (i + 1 < s.size() && s[i + 1] == '%') { o += '%'; ++i; continue; }
    std::string spec = "%"; size_t j = i + 1; bool is64 = false;
    while (j < s.size() && strchr("-+ #0123456789.*", s[j])) {
      if (s[j] == '*') { spec += n < av.size() ? std::to_string(av[n].i) : "0"; ++n; } else spec += s[j];
      ++j;
    }
    if (s.compare(j, 3, "I64") == 0) { is64 = true; j += 3; } else if (s.compare(j, 3, "I32") == 0) j += 3;
    else { while (j < s.size() && strchr("hlLw", s[j])) { if (s.compare(j, 2, "ll") == 0) is64 = true; ++j; } }
    if (j >= s.size()) { o += s.substr(i); break; }
    char c = s[j]; i = j;
    if (!strchr("diouxXeEfgGaAcs", c)) { warn(std::string("StringFormat: unknown conversion %") + c); continue; }
    if (n >= av.size()) { warn("StringFormat: too few arguments for \"" + s + "\""); o += "(missed string parameter)"; continue; }
    const Arg &a = av[n++]; char b[512];
    if (c == 's') { if (a.k != 2) { warn("StringFormat: %s given a number in \"" + s + "\""); o += "(non-string passed)"; continue; } snprintf(b, sizeof b, (spec + "s").c_str(), ""); std::string t = to8(a.s); if (spec == "%") o += t; else { std::vector<char> big(t.size() + 512); snprintf(big.data(), big.size(), (spec + "s").c_str(), t.c_str()); o += big.data(); } continue; }
    if (a.k == 2) { warn("StringFormat: %" + std::string(1, c) + " given a string in \"" + s + "\""); continue; }
    if (strchr("eEfgGaA", c)) { if (a.k == 0) warn("StringFormat: %" + std::string(1, c) + " given an integer in \"" + s + "\""); snprintf(b, sizeof b, (spec + c).c_str(), a.k ? a.f : double(a.i)); o += b; continue; }
    if (a.k == 1) warn("StringFormat: %" + std::string(1, c) + " given a double in \"" + s + "\"");
    long v = a.k ? long(a.f) : a.i;
    if (c == 'c') { o += to8(std::u16string(1, char16_t(v))); continue; }
    if (!is64 && long(int(v)) != v && !(a.uns && long(uint(v)) == v)) warn("StringFormat: %" + std::string(1, c) + " truncates a 64-bit value to 32 bits in \"" + s + "\" (use %I64d)");
    if (is64) snprintf(b, sizeof b, (spec + "l" + c).c_str(), v); else snprintf(b, sizeof b, (spec + c).c_str(), int(v));
    o += b;
  }
  if (n < av.size()) warn("StringFormat: " + std::to_string(av.size() - n) + " argument(s) unused in \"" + s + "\"");
  return string(o);
}
template <class... A> string StringFormat(const string &f, const A &...a) { return vformat(f, {mkarg(a)...}); }
inline void journal(const std::string &line) { std::cerr << "EA " << line << "\n"; }
template <class... A> void Print(const A &...a) { std::string o; ((o += arg8(mkarg(a))), ...); journal(o); }
template <class... A> void Alert(const A &...a) { std::string o = "Alert: "; ((o += arg8(mkarg(a))), ...); journal(o); }
template <class... A> void PrintFormat(const string &f, const A &...a) { journal(vformat(f, {mkarg(a)...}).u8()); }
}  // namespace mqlrt
