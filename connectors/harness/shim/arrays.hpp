// Arrays whose every access is checked: "array out of range" stops an EA in the terminal, and here.
#pragma once
namespace mqlrt {
template <class T> class Array {
 public:
  std::vector<T> v;
  bool fixed = false, series = false;
  Array() {}
  Array(std::initializer_list<T> l) : v(l) {}
  typename std::vector<T>::reference operator[](long i) { return v[place(i)]; }
  typename std::vector<T>::const_reference operator[](long i) const { return v[place(i)]; }

 private:
  size_t place(long i) const {
    if (i < 0 || i >= static_cast<long>(v.size())) critical("array out of range: " + std::to_string(i) + " of " + std::to_string(v.size()));
    return static_cast<size_t>(series ? static_cast<long>(v.size()) - 1 - i : i);
  }
};
template <class T, long N> class FixedArray : public Array<T> {
 public:
  FixedArray() { this->v.resize(N); this->fixed = true; }
  FixedArray(std::initializer_list<T> l) : Array<T>(l) { this->v.resize(N); this->fixed = true; }
};
enum { WHOLE_ARRAY = -1 };
template <class T> int ArraySize(const Array<T> &a) { return static_cast<int>(a.v.size()); }
template <class T> int ArrayResize(Array<T> &a, long n, int = 0) {
  if (a.fixed || n < 0) { warn("ArrayResize of a fixed array, or to less than nothing"); return -1; }
  a.v.resize(static_cast<size_t>(n));
  return static_cast<int>(n);
}
template <class T> void ArrayFree(Array<T> &a) { if (!a.fixed) a.v.clear(); }
template <class T> bool ArraySetAsSeries(Array<T> &a, bool f) { if (a.fixed) return false; a.series = f; return true; }
template <class T, class U> int ArrayInitialize(Array<T> &a, U x) { for (size_t i = 0; i < a.v.size(); ++i) a.v[i] = static_cast<T>(x); return ArraySize(a); }
template <class T> int ArrayCopy(Array<T> &to, const Array<T> &from, int at = 0, int start = 0, int count = WHOLE_ARRAY) {
  long n = static_cast<long>(from.v.size()) - start;
  if (count >= 0) n = std::min<long>(n, count);
  if (n <= 0) return 0;
  if (static_cast<long>(to.v.size()) < at + n) { if (to.fixed) n = static_cast<long>(to.v.size()) - at; else to.v.resize(static_cast<size_t>(at + n)); }
  for (long i = 0; i < n; ++i) to[at + i] = from[start + i];
  return static_cast<int>(n);
}
template <class T> bool ArraySort(Array<T> &a) { std::sort(a.v.begin(), a.v.end()); return true; }
template <class T> bool ArrayRemove(Array<T> &a, uint start, uint count = 0xffffffffu) {
  if (start > a.v.size() || a.fixed) return false;
  size_t n = std::min<size_t>(count, a.v.size() - start);
  a.v.erase(a.v.begin() + start, a.v.begin() + static_cast<long>(start + n));
  return true;
}
template <class T> void ZeroMemory(T &x) { x = T(); }
}  // namespace mqlrt
