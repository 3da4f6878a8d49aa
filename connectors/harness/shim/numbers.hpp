// Functions of numbers and of calendar time.
#pragma once
namespace mqlrt {
template <class A, class B> auto MathMax(A a, B b) { return a > b ? a : b; }
template <class A, class B> auto MathMin(A a, B b) { return a < b ? a : b; }
template <class A> A MathAbs(A a) { return a < 0 ? -a : a; }
inline double MathFloor(double x) { return std::floor(x); }
inline double MathCeil(double x) { return std::ceil(x); }
inline double MathRound(double x) { return std::round(x); }
inline double MathSqrt(double x) { return std::sqrt(x); }
inline double MathPow(double a, double b) { return std::pow(a, b); }
inline double MathLog(double x) { return std::log(x); }
inline double MathExp(double x) { return std::exp(x); }
inline bool MathIsValidNumber(double x) { return std::isfinite(x); }
inline uint &random_state() { static uint state = 1; return state; }
inline void MathSrand(int seed) { random_state() = static_cast<uint>(seed); }
inline int MathRand() { random_state() = random_state() * 214013u + 2531011u; return static_cast<int>(random_state() >> 16 & 0x7fff); }
inline double NormalizeDouble(double v, int digits) { double p = std::pow(10., digits); return std::round(v * p) / p; }
const double EMPTY_VALUE = 1.7976931348623157e308;

enum { TIME_DATE = 1, TIME_MINUTES = 2, TIME_SECONDS = 4 };
struct MqlDateTime { int year = 0, mon = 0, day = 0, hour = 0, min = 0, sec = 0, day_of_week = 0, day_of_year = 0; };
inline bool TimeToStruct(datetime t, MqlDateTime &o) {
  time_t x = t; tm m; gmtime_r(&x, &m);
  o.year = m.tm_year + 1900; o.mon = m.tm_mon + 1; o.day = m.tm_mday; o.hour = m.tm_hour; o.min = m.tm_min; o.sec = m.tm_sec;
  o.day_of_week = m.tm_wday; o.day_of_year = m.tm_yday;
  return true;
}
inline datetime StructToTime(const MqlDateTime &s) {
  tm m{}; m.tm_year = s.year - 1900; m.tm_mon = s.mon - 1; m.tm_mday = s.day; m.tm_hour = s.hour; m.tm_min = s.min; m.tm_sec = s.sec;
  return datetime(timegm(&m));
}
inline std::string time_text(long time, int flags) {
  MqlDateTime s; TimeToStruct(datetime(time), s); char b[64]; std::string o;
  if (flags & TIME_DATE) { snprintf(b, sizeof b, "%04d.%02d.%02d", s.year, s.mon, s.day); o += b; }
  if (flags & (TIME_MINUTES | TIME_SECONDS)) {
    if (!o.empty()) o += ' ';
    if (flags & TIME_SECONDS) snprintf(b, sizeof b, "%02d:%02d:%02d", s.hour, s.min, s.sec); else snprintf(b, sizeof b, "%02d:%02d", s.hour, s.min);
    o += b;
  }
  return o;
}
inline string TimeToString(datetime t, int flags = TIME_DATE | TIME_MINUTES) { return string(time_text(t, flags)); }
inline datetime StringToTime(const string &s) {
  MqlDateTime d;
  if (sscanf(s.u8().c_str(), "%d.%d.%d %d:%d:%d", &d.year, &d.mon, &d.day, &d.hour, &d.min, &d.sec) < 3) return datetime(0);
  return StructToTime(d);
}
inline datetime date_literal(const char *s) { return StringToTime(string(s)); }
inline color color_literal(int r, int g, int b) { return color(r | g << 8 | b << 16); }
}  // namespace mqlrt
