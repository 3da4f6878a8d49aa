// Marks of mutants in a program that was compiled with all of them: see mutants.py.
#pragma once
namespace mqlrt {
inline bool on(int number) { static const int chosen = atoi(getenv("MQL_MUTANT") ? getenv("MQL_MUTANT") : "0"); return chosen == number; }
inline bool flipped(int number, bool value) { return on(number) != value; }
struct Not { int number; };
template <class T> bool operator*(Not mark, const T &value) { return on(mark.number) ? static_cast<bool>(value) : !value; }
template <class F> bool both(int number, bool left, F right) { return on(number) ? left || right() : left && right(); }
template <class F> bool either(int number, bool left, F right) { return on(number) ? left && right() : left || right(); }
#define MQL_MARK(name, op, other) \
  struct Mark_##name { int number; }; \
  inline Mark_##name name(int number) { return {number}; } \
  template <class L> struct Left_##name { const L &left; int number; }; \
  template <class L> Left_##name<L> operator op(const L &left, Mark_##name mark) { return {left, mark.number}; } \
  template <class L, class R> auto operator op(Left_##name<L> l, const R &right) -> decltype(l.left op right) { \
    if constexpr (std::is_same_v<L, string> && std::is_same_v<decltype(l.left op right), string>) return on(l.number) ? l.left : l.left op right; \
    else return on(l.number) ? l.left other right : l.left op right; \
  }
MQL_MARK(eq, ==, !=) MQL_MARK(ne, !=, ==) MQL_MARK(lt, <, <=) MQL_MARK(le, <=, <) MQL_MARK(gt, >, >=) MQL_MARK(ge, >=, >)
MQL_MARK(plus, +, -) MQL_MARK(minus, -, +)
#undef MQL_MARK
}  // namespace mqlrt
