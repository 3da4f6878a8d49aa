// What the generated MQL5 needs of MetaTrader, in C++. Arrays are checked as the terminal checks them.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

using std::string;
typedef long datetime;

template <class T> class Array {
 public:
  std::vector<T> values;
  T &operator[](long at) { return values[checked(at)]; }
  const T &operator[](long at) const { return values[checked(at)]; }

 private:
  size_t checked(long at) const {
    if (at >= 0 && at < (long)values.size()) return (size_t)at;
    std::fprintf(stderr, "array out of range: %ld of %zu\n", at, values.size());
    std::abort();
  }
};

template <class T> int ArraySize(const Array<T> &array) { return (int)array.values.size(); }
template <class T> int ArrayResize(Array<T> &array, int size) { array.values.resize(size); return size; }
inline double MathSqrt(double value) { return std::sqrt(value); }
inline double MathAbs(double value) { return std::fabs(value); }
inline double MathMax(double one, double other) { return one > other ? one : other; }
inline double MathMin(double one, double other) { return one < other ? one : other; }

#pragma pack(push, 1)
struct MqlRates {  // as MetaTrader and our RATES lay it out: 60 bytes
  datetime time;
  double open, high, low, close;
  long tick_volume;
  int spread;
  long real_volume;
};
struct Event {  // as CALENDAR lays it out
  datetime time;
  char32_t currency[3];
  signed char weight;
};
#pragma pack(pop)
static_assert(sizeof(MqlRates) == 60, "RATES");
static_assert(sizeof(Event) == 21, "CALENDAR");
