// MQL5's orders, deals and positions.
#pragma once
namespace mqlrt {
enum ENUM_TIMEFRAMES : int { PERIOD_CURRENT = 0, PERIOD_M1 = 1, PERIOD_M5 = 5, PERIOD_M15 = 15, PERIOD_M30 = 30, PERIOD_H1 = 16385, PERIOD_H4 = 16388, PERIOD_D1 = 16408, PERIOD_W1 = 32769, PERIOD_MN1 = 49153 };
enum ENUM_ORDER_TYPE : int { ORDER_TYPE_BUY, ORDER_TYPE_SELL, ORDER_TYPE_BUY_LIMIT, ORDER_TYPE_SELL_LIMIT, ORDER_TYPE_BUY_STOP, ORDER_TYPE_SELL_STOP };
enum ENUM_ORDER_TYPE_FILLING : int { ORDER_FILLING_FOK, ORDER_FILLING_IOC, ORDER_FILLING_RETURN };
enum ENUM_ORDER_TYPE_TIME : int { ORDER_TIME_GTC, ORDER_TIME_DAY };
enum ENUM_TRADE_REQUEST_ACTIONS : int { TRADE_ACTION_NONE_ = 0, TRADE_ACTION_DEAL = 1, TRADE_ACTION_PENDING = 5, TRADE_ACTION_SLTP = 6 };
enum ENUM_TRADE_TRANSACTION_TYPE : int { TRADE_TRANSACTION_ORDER_ADD = 0, TRADE_TRANSACTION_DEAL_ADD = 6, TRADE_TRANSACTION_REQUEST = 10 };
enum ENUM_DEAL_TYPE : int { DEAL_TYPE_BUY, DEAL_TYPE_SELL, DEAL_TYPE_BALANCE, DEAL_TYPE_CREDIT };
enum ENUM_POSITION_TYPE : int { POSITION_TYPE_BUY, POSITION_TYPE_SELL };
enum ENUM_ACCOUNT_MARGIN_MODE : int { ACCOUNT_MARGIN_MODE_RETAIL_NETTING, ACCOUNT_MARGIN_MODE_EXCHANGE, ACCOUNT_MARGIN_MODE_RETAIL_HEDGING };
enum { SYMBOL_FILLING_FOK = 1, SYMBOL_FILLING_IOC = 2 };
enum { TRADE_RETCODE_PLACED = 10008, TRADE_RETCODE_DONE = 10009, TRADE_RETCODE_DONE_PARTIAL = 10010, TRADE_RETCODE_TIMEOUT = 10012, TRADE_RETCODE_CONNECTION = 10031 };
MQL_NAMES(ENUM_POSITION_PROPERTY_INTEGER, POSITION_TICKET, POSITION_TIME, POSITION_TIME_MSC, POSITION_TYPE, POSITION_MAGIC, POSITION_IDENTIFIER)
MQL_NAMES(ENUM_POSITION_PROPERTY_DOUBLE, POSITION_VOLUME, POSITION_PRICE_OPEN, POSITION_SL, POSITION_TP, POSITION_PRICE_CURRENT, POSITION_SWAP, POSITION_PROFIT)
MQL_NAMES(ENUM_POSITION_PROPERTY_STRING, POSITION_SYMBOL, POSITION_COMMENT)
MQL_NAMES(ENUM_DEAL_PROPERTY_INTEGER, DEAL_TICKET, DEAL_ORDER, DEAL_TIME, DEAL_TIME_MSC, DEAL_TYPE, DEAL_ENTRY, DEAL_MAGIC, DEAL_REASON, DEAL_POSITION_ID)
MQL_NAMES(ENUM_DEAL_PROPERTY_DOUBLE, DEAL_VOLUME, DEAL_PRICE, DEAL_COMMISSION, DEAL_SWAP, DEAL_PROFIT, DEAL_FEE, DEAL_SL, DEAL_TP)
MQL_NAMES(ENUM_DEAL_PROPERTY_STRING, DEAL_SYMBOL, DEAL_COMMENT)
MQL_NAMES(ENUM_ORDER_PROPERTY_INTEGER, ORDER_TICKET, ORDER_TYPE, ORDER_STATE, ORDER_MAGIC, ORDER_POSITION_ID)
MQL_NAMES(ENUM_ORDER_PROPERTY_DOUBLE, ORDER_VOLUME_INITIAL, ORDER_PRICE_OPEN, ORDER_SL, ORDER_TP)
MQL_NAMES(ENUM_ORDER_PROPERTY_STRING, ORDER_SYMBOL, ORDER_COMMENT)

struct MqlTick { datetime time{}; double bid = 0, ask = 0, last = 0; ulong volume = 0; long time_msc = 0; uint flags = 0; };
struct MqlTradeRequest {
  ENUM_TRADE_REQUEST_ACTIONS action{}; ulong magic = 0, order = 0; string symbol; double volume = 0, price = 0, stoplimit = 0, sl = 0, tp = 0; ulong deviation = 0;
  ENUM_ORDER_TYPE type{}; ENUM_ORDER_TYPE_FILLING type_filling{}; ENUM_ORDER_TYPE_TIME type_time{}; datetime expiration{}; string comment; ulong position = 0, position_by = 0;
};
struct MqlTradeResult { uint retcode = 0; ulong deal = 0, order = 0; double volume = 0, price = 0, bid = 0, ask = 0; string comment; };
struct MqlTradeTransaction { ulong deal = 0, order = 0; string symbol; ENUM_TRADE_TRANSACTION_TYPE type{}; ulong position = 0; };

inline bool SymbolInfoTick(const string &s, MqlTick &to) {
  Answer a = ask("SymbolInfoTick", s);
  if (a.ok) { to.time = datetime(a.whole(0)); to.bid = a.number(1); to.ask = a.number(2); to.last = a.number(3); to.time_msc = a.whole(4); }
  return a.ok;
}
inline int CopyRates(const string &s, ENUM_TIMEFRAMES p, int start, int count, Array<MqlRates> &to) { return bars_into(to, ask("CopyRatesFromPos", s, p, start, count)); }
inline int CopyRates(const string &s, ENUM_TIMEFRAMES p, datetime from, datetime until, Array<MqlRates> &to) { return bars_into(to, ask("CopyRatesRange", s, p, from, until)); }

inline int PositionsTotal() { return static_cast<int>(ask("PositionsTotal").whole()); }
inline ulong PositionGetTicket(int i) { return ask("PositionGetTicket", i).ticket(); }
inline bool PositionSelectByTicket(ulong t) { return ask("PositionSelectByTicket", t).ok; }
inline long PositionGetInteger(ENUM_POSITION_PROPERTY_INTEGER p) { return ask("PositionGet", field(p)).whole(); }
inline double PositionGetDouble(ENUM_POSITION_PROPERTY_DOUBLE p) { return ask("PositionGet", field(p)).number(); }
inline string PositionGetString(ENUM_POSITION_PROPERTY_STRING p) { return string(ask("PositionGet", field(p)).text()); }
inline int OrdersTotal() { return static_cast<int>(ask("OrdersTotal").whole()); }
inline ulong OrderGetTicket(int i) { return ask("OrderGetTicket", i).ticket(); }
inline long OrderGetInteger(ENUM_ORDER_PROPERTY_INTEGER p) { return ask("OrderGet", field(p)).whole(); }
inline double OrderGetDouble(ENUM_ORDER_PROPERTY_DOUBLE p) { return ask("OrderGet", field(p)).number(); }
inline string OrderGetString(ENUM_ORDER_PROPERTY_STRING p) { return string(ask("OrderGet", field(p)).text()); }
inline bool HistorySelect(datetime from, datetime until) { return ask("HistorySelect", from, until).ok; }
inline bool HistorySelectByPosition(long id) { return ask("HistorySelectByPosition", id).ok; }
inline int HistoryDealsTotal() { return static_cast<int>(ask("HistoryDealsTotal").whole()); }
inline int HistoryOrdersTotal() { return static_cast<int>(ask("HistoryOrdersTotal").whole()); }
inline ulong HistoryDealGetTicket(int i) { return ask("HistoryDealGetTicket", i).ticket(); }
inline ulong HistoryOrderGetTicket(int i) { return ask("HistoryOrderGetTicket", i).ticket(); }
inline long HistoryDealGetInteger(ulong t, ENUM_DEAL_PROPERTY_INTEGER p) { return ask("HistoryDealGet", t, field(p)).whole(); }
inline double HistoryDealGetDouble(ulong t, ENUM_DEAL_PROPERTY_DOUBLE p) { return ask("HistoryDealGet", t, field(p)).number(); }
inline string HistoryDealGetString(ulong t, ENUM_DEAL_PROPERTY_STRING p) { return string(ask("HistoryDealGet", t, field(p)).text()); }
inline long HistoryOrderGetInteger(ulong t, ENUM_ORDER_PROPERTY_INTEGER p) { return ask("HistoryOrderGet", t, field(p)).whole(); }
inline double HistoryOrderGetDouble(ulong t, ENUM_ORDER_PROPERTY_DOUBLE p) { return ask("HistoryOrderGet", t, field(p)).number(); }
inline string HistoryOrderGetString(ulong t, ENUM_ORDER_PROPERTY_STRING p) { return string(ask("HistoryOrderGet", t, field(p)).text()); }
inline bool OrderSend(const MqlTradeRequest &q, MqlTradeResult &r) {
  r = MqlTradeResult();
  Answer a = ask("OrderSend", q.action, q.magic, q.order, q.symbol, q.volume, q.price, q.sl, q.tp, q.deviation, q.type, q.type_filling, q.type_time, q.comment, q.position, q.position_by);
  if (!a.ok) return false;
  r.retcode = static_cast<uint>(a.whole(0)); r.deal = a.ticket(1); r.order = a.ticket(2); r.volume = a.number(3); r.price = a.number(4); r.comment = string(a.text(5));
  return r.retcode == TRADE_RETCODE_DONE || r.retcode == TRADE_RETCODE_PLACED || r.retcode == TRADE_RETCODE_DONE_PARTIAL;
}

// ---- models that a program carries: the test runs them
enum ENUM_ONNX_FLAGS : uint { ONNX_DEFAULT = 0, ONNX_DEBUG_LOGS = 1, ONNX_NO_CONVERSION = 2, ONNX_USE_CPU_ONLY = 8 };
inline Array<uchar> resource(const char *path) {
  Array<uchar> bytes;
  std::ifstream file(path, std::ios::binary);
  bytes.v.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  return bytes;
}
inline long OnnxCreateFromBuffer(const Array<uchar> &bytes, uint flags) {
  Answer a = ask("OnnxCreateFromBuffer", std::string(bytes.v.begin(), bytes.v.end()), flags);
  return a.ok ? a.whole() : INVALID_HANDLE;
}
inline bool OnnxRelease(long handle) { return ask("OnnxRelease", handle).ok; }
inline bool OnnxRun(long handle, uint flags, const Array<float> &input, Array<float> &output) {
  if (!(flags & ONNX_NO_CONVERSION)) warn("OnnxRun with conversion: the arrays' types are then nobody's promise");
  std::string numbers;
  for (float x : input.v) { char b[32]; snprintf(b, sizeof b, "%.9g ", static_cast<double>(x)); numbers += b; }
  Answer a = ask("OnnxRun", handle, ArraySize(output), numbers);
  for (int i = 0; a.ok && i < ArraySize(output); ++i) output[i] = static_cast<float>(a.number(static_cast<size_t>(i)));
  return a.ok;
}
struct Hooks {
  std::function<int()> init; std::function<void(int)> deinit; std::function<void()> tick, timer, trade;
  std::function<void(const MqlTradeTransaction &)> transaction;
};
}  // namespace mqlrt
