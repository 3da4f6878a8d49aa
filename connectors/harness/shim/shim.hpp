// MQL's types and functions as C++17: what a translated program is compiled with. The terminal itself is the test,
// at the other end of standard input and output; here is only what the language has by itself.
#pragma once
#include "text.hpp"
#include "arrays.hpp"
#include "format.hpp"
#include "strings.hpp"
#include "numbers.hpp"
#include "line.hpp"
#include "platform.hpp"
#ifdef MQL4_MODE
#include "mql4.hpp"
#else
#include "mql5.hpp"
#endif
#ifdef MQL_MUTANTS
#include "mutants.hpp"
#endif
#include "driver.hpp"
