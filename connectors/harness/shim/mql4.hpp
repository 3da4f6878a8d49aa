// MQL4's one kind of object, the order.
#pragma once
namespace mqlrt {
enum { PERIOD_M1 = 1, PERIOD_M5 = 5, PERIOD_M15 = 15, PERIOD_M30 = 30, PERIOD_H1 = 60, PERIOD_H4 = 240, PERIOD_D1 = 1440, PERIOD_W1 = 10080, PERIOD_MN1 = 43200 };
enum { OP_BUY, OP_SELL, OP_BUYLIMIT, OP_SELLLIMIT, OP_BUYSTOP, OP_SELLSTOP };
enum { SELECT_BY_POS = 0, SELECT_BY_TICKET = 1, MODE_TRADES = 0, MODE_HISTORY = 1 };
enum { clrNONE = -1 };
inline int AccountNumber() { return static_cast<int>(ask("AccountInfo", "ACCOUNT_LOGIN").whole()); }
inline bool IsConnected() { return ask("TerminalInfo", "TERMINAL_CONNECTED").whole() != 0; }
inline bool IsTradeAllowed() { return ask("MQLInfo", "MQL_TRADE_ALLOWED").whole() != 0; }
inline bool RefreshRates() { return true; }
inline int OrdersTotal() { return static_cast<int>(ask("OrdersTotal").whole()); }
inline int OrdersHistoryTotal() { return static_cast<int>(ask("OrdersHistoryTotal").whole()); }
inline bool OrderSelect(int index, int select, int pool = MODE_TRADES) { return ask("OrderSelect", index, select, pool).ok; }
inline int OrderTicket() { return static_cast<int>(ask("OrderGet", "ticket").whole()); }
inline int OrderType() { return static_cast<int>(ask("OrderGet", "type").whole()); }
inline string OrderSymbol() { return string(ask("OrderGet", "symbol").text()); }
inline double OrderLots() { return ask("OrderGet", "lots").number(); }
inline double OrderOpenPrice() { return ask("OrderGet", "open_price").number(); }
inline datetime OrderOpenTime() { return datetime(ask("OrderGet", "open_time").whole()); }
inline double OrderClosePrice() { return ask("OrderGet", "close_price").number(); }
inline datetime OrderCloseTime() { return datetime(ask("OrderGet", "close_time").whole()); }
inline double OrderStopLoss() { return ask("OrderGet", "stop_loss").number(); }
inline double OrderTakeProfit() { return ask("OrderGet", "take_profit").number(); }
inline double OrderProfit() { return ask("OrderGet", "profit").number(); }
inline double OrderSwap() { return ask("OrderGet", "swap").number(); }
inline double OrderCommission() { return ask("OrderGet", "commission").number(); }
inline string OrderComment() { return string(ask("OrderGet", "comment").text()); }
inline int OrderMagicNumber() { return static_cast<int>(ask("OrderGet", "magic").whole()); }
inline int OrderSend(const string &symbol, int cmd, double volume, double price, int slippage, double sl, double tp, const string &comment = string(), int magic = 0, datetime = datetime(0), int = clrNONE) {
  Answer a = ask("OrderSend", symbol, cmd, volume, price, slippage, sl, tp, comment, magic);
  return a.ok ? static_cast<int>(a.whole()) : -1;
}
inline bool OrderClose(int ticket, double lots, double price, int slippage, int = clrNONE) { return ask("OrderClose", ticket, lots, price, slippage).ok; }
inline bool OrderModify(int ticket, double price, double sl, double tp, datetime, int = clrNONE) { return ask("OrderModify", ticket, price, sl, tp).ok; }
inline int CopyRates(const string &s, int period, int start, int count, Array<MqlRates> &to) { return bars_into(to, ask("CopyRatesFromPos", s, period, start, count)); }
inline int CopyRates(const string &s, int period, datetime from, datetime until, Array<MqlRates> &to) { return bars_into(to, ask("CopyRatesRange", s, period, from, until)); }
struct Hooks { std::function<int()> init; std::function<void(int)> deinit; std::function<void()> tick, timer; };
}  // namespace mqlrt
