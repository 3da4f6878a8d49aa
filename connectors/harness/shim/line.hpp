// The line to the test, which is the terminal: a question is one line out, its answer one line in.
//   ?name<TAB>argument…      answered by  =field<TAB>field…  or  !error number
#pragma once
namespace mqlrt {
typedef std::vector<std::string> Fields;
inline int &last_error() { static int e = 0; return e; }
inline int GetLastError() { return last_error(); }
inline void ResetLastError() { last_error() = 0; }

inline std::string escaped(const std::string &s) {
  std::string o;
  for (char c : s) {
    if (c == '\\') o += "\\\\"; else if (c == '\t') o += "\\t"; else if (c == '\n') o += "\\n"; else if (c == '\r') o += "\\r";
    else if (c == '\0') o += "\\0"; else o += c;
  }
  return o;
}
inline Fields fields_of(const std::string &s) {
  Fields f(1);
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '\t') f.emplace_back();
    else if (s[i] == '\\' && i + 1 < s.size()) { char c = s[++i]; f.back() += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == '0' ? '\0' : c; }
    else f.back() += s[i];
  }
  return f;
}
inline std::string field(const string &s) { return s.u8(); }
inline std::string field(const std::string &s) { return s; }
inline std::string field(const char *s) { return s; }
inline std::string field(bool b) { return b ? "1" : "0"; }
inline std::string field(double v) { char b[64]; snprintf(b, sizeof b, "%.17g", v); return b; }
template <class T, class = std::enable_if_t<(std::is_integral_v<T> || std::is_enum_v<T>) && !std::is_same_v<T, bool>>>
std::string field(T v) { if constexpr (std::is_unsigned_v<T>) return std::to_string(static_cast<ulong>(v)); else return std::to_string(static_cast<long>(v)); }

struct Answer {
  bool ok = false;
  Fields fields;
  std::string text(size_t i = 0) const { return i < fields.size() ? fields[i] : ""; }
  long whole(size_t i = 0) const { return i < fields.size() ? static_cast<long>(strtoll(fields[i].c_str(), nullptr, 10)) : 0; }
  ulong ticket(size_t i = 0) const { return i < fields.size() ? strtoull(fields[i].c_str(), nullptr, 10) : 0; }
  double number(size_t i = 0) const { return i < fields.size() ? strtod(fields[i].c_str(), nullptr) : 0; }
};
// The test hung up: the terminal was closed, or killed.
inline std::string heard() { std::string line; if (!std::getline(std::cin, line)) _Exit(0); return line; }
template <class... A> Answer ask(const char *name, const A &...a) {
  std::cout << '?' << name;
  ((std::cout << '\t' << escaped(field(a))), ...);
  std::cout << std::endl;
  std::string line = heard();
  Answer answer;
  if (line[0] == '=') { answer.ok = true; answer.fields = fields_of(line.substr(1)); }
  else last_error() = atoi(line.c_str() + 1);
  return answer;
}
}  // namespace mqlrt
