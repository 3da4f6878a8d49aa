// What both platforms have beside the language: clocks, events, files, the web, settings.
#pragma once
#define MQL_NAMES(Type, ...) \
  enum Type : int { __VA_ARGS__ }; \
  inline std::string field(Type v) { static const Fields names = names_in(#__VA_ARGS__); return names[static_cast<size_t>(v)]; }
namespace mqlrt {
inline Fields names_in(const char *list) {
  Fields names; std::istringstream is(list); std::string one;
  while (std::getline(is, one, ',')) { one.erase(std::remove(one.begin(), one.end(), ' '), one.end()); names.push_back(one); }
  return names;
}
enum { INIT_SUCCEEDED = 0, INIT_FAILED = 1, INIT_PARAMETERS_INCORRECT = 32767 };
enum { REASON_PROGRAM = 0, REASON_REMOVE, REASON_RECOMPILE, REASON_CHARTCHANGE, REASON_CHARTCLOSE, REASON_PARAMETERS, REASON_ACCOUNT, REASON_TEMPLATE, REASON_INITFAILED, REASON_CLOSE };
enum { INVALID_HANDLE = -1 };

inline datetime TimeCurrent() { return datetime(ask("TimeCurrent").whole()); }
#ifndef MQL4_MODE
inline datetime TimeTradeServer() { return datetime(ask("TimeTradeServer").whole()); }
#endif
inline datetime TimeGMT() { return datetime(ask("TimeGMT").whole()); }
inline datetime TimeLocal() { return datetime(ask("TimeLocal").whole()); }
#ifndef MQL4_MODE
inline ulong GetTickCount64() { return ask("GetTickCount64").ticket(); }
#endif
inline uint GetTickCount() { return static_cast<uint>(ask("GetTickCount64").ticket()); }

inline void Sleep(int ms) { ask("Sleep", ms); }
inline bool EventSetTimer(int seconds) { return ask("EventSetMillisecondTimer", seconds * 1000L).ok; }
inline bool EventSetMillisecondTimer(int ms) { return ask("EventSetMillisecondTimer", ms).ok; }
inline void EventKillTimer() { ask("EventKillTimer"); }
inline bool IsStopped() { return ask("IsStopped").whole() != 0; }
inline void ExpertRemove() { ask("ExpertRemove"); }
inline bool GlobalVariableCheck(const string &n) { return ask("GlobalVariableCheck", n).whole() != 0; }
inline double GlobalVariableGet(const string &n) { return ask("GlobalVariableGet", n).number(); }
inline datetime GlobalVariableSet(const string &n, double v) { return datetime(ask("GlobalVariableSet", n, v).whole()); }

// ---- files of the sandbox: bytes only, so that no code page comes between
enum { FILE_READ = 1, FILE_WRITE = 2, FILE_BIN = 4, FILE_SHARE_READ = 128, FILE_SHARE_WRITE = 256, FILE_REWRITE = 512, FILE_COMMON = 4096 };
enum ENUM_FILE_POSITION { SEEK_SET_, SEEK_CUR_, SEEK_END_ };
inline int FileOpen(const string &name, int flags) {
  if (!(flags & FILE_BIN)) warn("FileOpen without FILE_BIN: its texts depend on the code page");
  Answer a = ask("FileOpen", name, flags);
  return a.ok ? static_cast<int>(a.whole()) : INVALID_HANDLE;
}
inline void FileClose(int h) { ask("FileClose", h); }
inline void FileFlush(int h) { ask("FileFlush", h); }
inline ulong FileSize(int h) { return ask("FileSize", h).ticket(); }
inline bool FileIsExist(const string &n, int common = 0) { return ask("FileIsExist", n, common).whole() != 0; }
inline bool FileDelete(const string &n, int common = 0) { return ask("FileDelete", n, common).ok; }
inline bool FileMove(const string &from, int common, const string &to, int flags) { return ask("FileMove", from, common, to, flags).ok; }
inline bool FolderCreate(const string &n, int common = 0) { return ask("FolderCreate", n, common).ok; }
inline bool FileSeek(int h, long offset, int origin) { return ask("FileSeek", h, offset, origin).ok; }
template <class C> uint FileWriteArray(int h, const Array<C> &a, int start = 0, int count = WHOLE_ARRAY) {
  static_assert(sizeof(C) == 1, "bytes only");
  std::string bytes;
  for (long i = start; i < ArraySize(a) && (count < 0 || i < start + count); ++i) bytes += static_cast<char>(a[i]);
  return static_cast<uint>(ask("FileWrite", h, bytes).whole());
}
template <class C> uint FileReadArray(int h, Array<C> &a, int start = 0, int count = WHOLE_ARRAY) {
  static_assert(sizeof(C) == 1, "bytes only");
  std::string bytes = ask("FileRead", h, count).text();
  if (ArraySize(a) < start + static_cast<int>(bytes.size())) ArrayResize(a, start + static_cast<long>(bytes.size()));
  for (size_t i = 0; i < bytes.size(); ++i) a[start + static_cast<long>(i)] = static_cast<C>(bytes[i]);
  return static_cast<uint>(bytes.size());
}

// ---- the web
template <class C, class R>
int WebRequest(const string &method, const string &url, const string &headers, int timeout, const Array<C> &data, Array<R> &result, string &result_headers) {
  std::string body;
  for (long i = 0; i < ArraySize(data); ++i) body += static_cast<char>(data[i]);
  if (!body.empty() && body.back() == '\0') warn("WebRequest: the body ends in a zero byte");
  result.v.clear();
  result_headers = string();
  Answer a = ask("WebRequest", method, url, headers, timeout, body);
  if (!a.ok) return -1;
  result_headers = string(a.text(1));
  std::string came = a.text(2);
  for (char c : came) result.v.push_back(static_cast<R>(c));
  return static_cast<int>(a.whole());
}
enum ENUM_CRYPT_METHOD { CRYPT_HASH_SHA256 };
inline int CryptEncode(ENUM_CRYPT_METHOD, const Array<uchar> &data, const Array<uchar> &, Array<uchar> &result) {
  std::string bytes(data.v.begin(), data.v.end());
  std::string hash = ask("Sha256", bytes).text();
  result.v.assign(hash.begin(), hash.end());
  return static_cast<int>(hash.size());
}

// ---- inputs: what the test sets, else what the program says
template <class T> T input_of(const std::string &v) {
  if constexpr (std::is_same_v<T, string>) return string(v);
  else if constexpr (std::is_same_v<T, bool>) return v == "true" || v == "1";
  else if constexpr (std::is_floating_point_v<T>) return static_cast<T>(strtod(v.c_str(), nullptr));
  else return static_cast<T>(strtoll(v.c_str(), nullptr, 10));
}
template <class T> T input_value(const char *name, T otherwise) {
  const char *said = getenv("MQL_INPUTS");
  std::istringstream lines(said ? said : "");
  std::string line, prefix = std::string(name) + "=";
  while (std::getline(lines, line)) if (line.compare(0, prefix.size(), prefix) == 0) return input_of<T>(fields_of(line.substr(prefix.size()))[0]);
  return otherwise;
}

// ---- account, terminal, symbols
MQL_NAMES(ENUM_ACCOUNT_INFO_INTEGER, ACCOUNT_LOGIN, ACCOUNT_TRADE_MODE, ACCOUNT_LEVERAGE, ACCOUNT_TRADE_ALLOWED, ACCOUNT_TRADE_EXPERT, ACCOUNT_MARGIN_MODE)
MQL_NAMES(ENUM_ACCOUNT_INFO_DOUBLE, ACCOUNT_BALANCE, ACCOUNT_CREDIT, ACCOUNT_PROFIT, ACCOUNT_EQUITY, ACCOUNT_MARGIN, ACCOUNT_MARGIN_FREE, ACCOUNT_MARGIN_LEVEL)
MQL_NAMES(ENUM_ACCOUNT_INFO_STRING, ACCOUNT_NAME, ACCOUNT_SERVER, ACCOUNT_CURRENCY, ACCOUNT_COMPANY)
MQL_NAMES(ENUM_TERMINAL_INFO_INTEGER, TERMINAL_BUILD, TERMINAL_CONNECTED, TERMINAL_TRADE_ALLOWED, TERMINAL_PING_LAST, TERMINAL_MEMORY_USED, TERMINAL_DISK_SPACE)
MQL_NAMES(ENUM_TERMINAL_INFO_STRING, TERMINAL_NAME, TERMINAL_COMPANY)
MQL_NAMES(ENUM_MQL_INFO_INTEGER, MQL_TRADE_ALLOWED, MQL_TESTER)
MQL_NAMES(ENUM_SYMBOL_INFO_INTEGER, SYMBOL_DIGITS, SYMBOL_SPREAD, SYMBOL_TRADE_MODE, SYMBOL_FILLING_MODE, SYMBOL_TRADE_STOPS_LEVEL, SYMBOL_VISIBLE)
MQL_NAMES(ENUM_SYMBOL_INFO_DOUBLE, SYMBOL_BID, SYMBOL_ASK, SYMBOL_POINT, SYMBOL_TRADE_TICK_VALUE, SYMBOL_TRADE_TICK_SIZE, SYMBOL_TRADE_CONTRACT_SIZE, SYMBOL_VOLUME_MIN, SYMBOL_VOLUME_MAX, SYMBOL_VOLUME_STEP)
MQL_NAMES(ENUM_SYMBOL_INFO_STRING, SYMBOL_CURRENCY_BASE, SYMBOL_CURRENCY_PROFIT)
inline long AccountInfoInteger(ENUM_ACCOUNT_INFO_INTEGER p) { return ask("AccountInfo", field(p)).whole(); }
inline double AccountInfoDouble(ENUM_ACCOUNT_INFO_DOUBLE p) { return ask("AccountInfo", field(p)).number(); }
inline string AccountInfoString(ENUM_ACCOUNT_INFO_STRING p) { return string(ask("AccountInfo", field(p)).text()); }
inline long TerminalInfoInteger(ENUM_TERMINAL_INFO_INTEGER p) { return ask("TerminalInfo", field(p)).whole(); }
inline string TerminalInfoString(ENUM_TERMINAL_INFO_STRING p) { return string(ask("TerminalInfo", field(p)).text()); }
inline long MQLInfoInteger(ENUM_MQL_INFO_INTEGER p) { return ask("MQLInfo", field(p)).whole(); }
inline int SymbolsTotal(bool selected) { return static_cast<int>(ask("SymbolsTotal", selected).whole()); }
inline string SymbolName(int i, bool selected) { return string(ask("SymbolName", i, selected).text()); }
inline bool SymbolSelect(const string &s, bool on) { return ask("SymbolSelect", s, on).ok; }
inline long SymbolInfoInteger(const string &s, ENUM_SYMBOL_INFO_INTEGER p) { return ask("SymbolInfo", s, field(p)).whole(); }
inline double SymbolInfoDouble(const string &s, ENUM_SYMBOL_INFO_DOUBLE p) { return ask("SymbolInfo", s, field(p)).number(); }
inline string SymbolInfoString(const string &s, ENUM_SYMBOL_INFO_STRING p) { return string(ask("SymbolInfo", s, field(p)).text()); }
inline string Symbol() { return string(ask("Symbol").text()); }
#define _Symbol Symbol()

// ---- bars
struct MqlRates { datetime time{}; double open = 0, high = 0, low = 0, close = 0; long tick_volume = 0; int spread = 0; long real_volume = 0; };
inline int bars_into(Array<MqlRates> &to, const Answer &a) {
  if (!a.ok) return -1;
  to.v.clear();
  for (size_t i = 0; i + 7 < a.fields.size() + 0; i += 8) {
    MqlRates r;
    r.time = datetime(a.whole(i)); r.open = a.number(i + 1); r.high = a.number(i + 2); r.low = a.number(i + 3); r.close = a.number(i + 4);
    r.tick_volume = a.whole(i + 5); r.spread = static_cast<int>(a.whole(i + 6)); r.real_volume = a.whole(i + 7);
    to.v.push_back(r);
  }
  return ArraySize(to);
}
}  // namespace mqlrt
