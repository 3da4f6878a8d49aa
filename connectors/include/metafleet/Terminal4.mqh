//+------------------------------------------------------------------+
//| MetaTrader 4 to the connector: account, closed orders, open ones, |
//| bars, orders. Terminal5.mqh has the same functions for            |
//| MetaTrader 5. The history shows what its tab has loaded: the user |
//| must choose All History there.                                    |
//+------------------------------------------------------------------+
#ifndef METAFLEET_TERMINAL4_MQH
#define METAFLEET_TERMINAL4_MQH

#include <metafleet/Clock.mqh>
#include <metafleet/Json.mqh>

#define MF_DAY_S 86400
#define MF_DEALS_A_BATCH 200
#define MF_CANDLES_MOST 9000
#define MF_OVERLAP_S 3600
#define MF_OP_BALANCE 6
#define MF_OP_CREDIT 7

//--- Up to where closed orders were sent: MetaTrader 4 gives tickets when orders open, so that an old ticket may close
//--- late. They are in the order of closing; what closed shortly before the cursor is sent again, and known there.
struct MfCursor
  {
   ulong             ticket;
   datetime          time;
  };

//--- What became of an order. `result`: a JSON object.
struct MfOutcome
  {
   bool              is_done;
   bool              is_unknown; // sent, and nobody knows yet what the broker did
   string            error;
   string            result;
  };

//--- The cursor is the connector's own: the hub's highest ticket does not say which orders it has.
bool HasOwnCursor(void)
  {
   return true;
  }

string PlatformName(void)
  {
   return "mt4";
  }

void WriteAccount(MfJsonWriter &writer)
  {
   writer.BeginObject("accountInfo");
   writer.Whole("login", AccountInfoInteger(ACCOUNT_LOGIN));
   writer.Text("server", AccountInfoString(ACCOUNT_SERVER));
   writer.Text("currency", AccountInfoString(ACCOUNT_CURRENCY));
   writer.Whole("leverage", AccountInfoInteger(ACCOUNT_LEVERAGE));
   writer.Number("balance", AccountInfoDouble(ACCOUNT_BALANCE), 2);
   writer.Number("equity", AccountInfoDouble(ACCOUNT_EQUITY), 2);
   writer.Number("margin", AccountInfoDouble(ACCOUNT_MARGIN), 2);
   writer.Number("freeMargin", AccountInfoDouble(ACCOUNT_MARGIN_FREE), 2);
   writer.Number("marginLevel", AccountInfoDouble(ACCOUNT_MARGIN_LEVEL), 2);
   writer.Number("floatingPnl", AccountInfoDouble(ACCOUNT_PROFIT), 2);
   writer.Text("marginMode", "hedging");
   writer.Truth("tradeAllowed", IsTradeAllowed());
   writer.EndObject();
  }

int OpenPositions(void)
  {
   int count = 0;
   for(int i = 0; i < OrdersTotal(); i++)
      if(OrderSelect(i, SELECT_BY_POS, MODE_TRADES) && OrderType() <= OP_SELL)
         count++;
   return count;
  }

//--- Another one whenever an order has opened or closed, in part as well: MetaTrader 4 has no event of that.
ulong PoolMark(void)
  {
   ulong mark = 0;
   for(int i = 0; i < OrdersTotal(); i++)
      if(OrderSelect(i, SELECT_BY_POS, MODE_TRADES) && OrderType() <= OP_SELL)
         mark = mark * 0x100000001B3 + (ulong)OrderTicket();
   return mark;
  }

void WritePositions(MfJsonWriter &writer)
  {
   writer.BeginArray("positions");
   for(int i = 0; i < OrdersTotal(); i++)
     {
      if(!OrderSelect(i, SELECT_BY_POS, MODE_TRADES) || OrderType() > OP_SELL)
         continue;
      string symbol = OrderSymbol();
      int digits = (int)SymbolInfoInteger(symbol, SYMBOL_DIGITS);
      writer.BeginObject("");
      writer.Whole("ticket", OrderTicket());
      writer.Text("symbol", symbol);
      writer.Text("type", OrderType() == OP_BUY ? "BUY" : "SELL");
      writer.Number("volume", OrderLots(), 8);
      writer.Number("openPrice", OrderOpenPrice(), digits);
      writer.Number("currentPrice", OrderClosePrice(), digits);
      writer.Number("profit", OrderProfit(), 2);
      writer.Number("swap", OrderSwap(), 2);
      WriteTime(writer, "openTime", OrderOpenTime());
      writer.Number("stopLoss", OrderStopLoss(), digits);
      writer.Number("takeProfit", OrderTakeProfit(), digits);
      writer.Whole("magic", OrderMagicNumber());
      writer.Text("comment", OrderComment());
      writer.EndObject();
     }
   writer.EndArray();
  }

//--- The order that is selected: a closed one, a deposit or a credit.
void WriteClosed(MfJsonWriter &writer)
  {
   int type = OrderType();
   writer.BeginObject("");
   writer.Whole("ticket", OrderTicket());
   if(type <= OP_SELL)
     {
      writer.Text("symbol", OrderSymbol());
      writer.Text("type", type == OP_BUY ? "BUY" : "SELL");
      writer.Number("volume", OrderLots(), 8);
      writer.Number("openPrice", OrderOpenPrice(), 8);
      writer.Number("closePrice", OrderClosePrice(), 8);
      WriteTime(writer, "closeTime", OrderCloseTime());
      writer.Number("stopLoss", OrderStopLoss(), 8);
      writer.Number("takeProfit", OrderTakeProfit(), 8);
      writer.Whole("magic", OrderMagicNumber());
      writer.Number("commission", OrderCommission(), 2);
      writer.Number("swap", OrderSwap(), 2);
     }
   else
      writer.Whole("dealType", type == MF_OP_CREDIT ? 3 : 2);
   WriteTime(writer, "openTime", OrderOpenTime());
   writer.Number("profit", OrderProfit(), 2);
   writer.Text("comment", OrderComment());
   writer.EndObject();
  }

//--- An order of the history that the journal has: a trade, a deposit, a credit; no pending one that was deleted.
bool SelectClosed(const int index)
  {
   if(!OrderSelect(index, SELECT_BY_POS, MODE_HISTORY))
      return false;
   int type = OrderType();
   return type <= OP_SELL || type == MF_OP_BALANCE || type == MF_OP_CREDIT;
  }

bool IsAfter(const datetime time, const ulong ticket, const MfCursor &cursor)
  {
   return time > cursor.time || (time == cursor.time && ticket > cursor.ticket);
  }

//--- Go on where this terminal stood: a little before, since what it sent last may not have arrived.
void BeginAfter(const ulong known, const MfCursor &kept, MfCursor &cursor)
  {
   cursor.ticket = 0;
   cursor.time = known == 0 || kept.time <= MF_OVERLAP_S ? (datetime)0 : (datetime)(kept.time - MF_OVERLAP_S);
  }

//--- Write the next closed orders after the cursor, in the order of closing, and where it stands then; return how many.
int WriteDeals(MfJsonWriter &writer, const MfCursor &after, MfCursor &next)
  {
   ulong keys[];
   int total = OrdersHistoryTotal();
   next.ticket = after.ticket;
   next.time = after.time;
   writer.BeginArray("trades");
   // Seconds and place in one number, so that they are sorted together.
   for(int i = 0; i < total; i++)
     {
      if(!SelectClosed(i) || !IsAfter(OrderCloseTime(), (ulong)OrderTicket(), after))
         continue;
      int count = ArraySize(keys);
      ArrayResize(keys, count + 1, 256);
      keys[count] = (ulong)OrderCloseTime() * 4294967296 + (ulong)OrderTicket();
     }
   ArraySort(keys);
   int most = ArraySize(keys) < MF_DEALS_A_BATCH ? ArraySize(keys) : MF_DEALS_A_BATCH;
   int written = 0;
   for(int i = 0; i < most; i++)
     {
      int ticket = (int)(keys[i] % 4294967296);
      if(!OrderSelect(ticket, SELECT_BY_TICKET, MODE_HISTORY))
         continue;
      WriteClosed(writer);
      written++;
      next.ticket = (ulong)ticket;
      next.time = OrderCloseTime();
     }
   writer.EndArray();
   return written;
  }

//--- When the oldest order that is shown was opened; 0 where there is none.
datetime OldestTime(void)
  {
   datetime oldest = (datetime)0;
   for(int pool = 0; pool < 2; pool++)
     {
      int total = pool == MODE_TRADES ? OrdersTotal() : OrdersHistoryTotal();
      for(int i = 0; i < total; i++)
         if(OrderSelect(i, SELECT_BY_POS, pool) && (oldest == (datetime)0 || OrderOpenTime() < oldest))
            oldest = OrderOpenTime();
     }
   return oldest;
  }

bool HasDealsAfter(const MfCursor &cursor)
  {
   for(int i = OrdersHistoryTotal() - 1; i >= 0; i--)
      if(SelectClosed(i) && IsAfter(OrderCloseTime(), (ulong)OrderTicket(), cursor))
         return true;
   return false;
  }

//--- "M15" as the platform names it.
int TimeframeOf(const string name)
  {
   if(name == "M1")
      return PERIOD_M1;
   if(name == "M5")
      return PERIOD_M5;
   if(name == "M15")
      return PERIOD_M15;
   if(name == "M30")
      return PERIOD_M30;
   if(name == "H1")
      return PERIOD_H1;
   if(name == "H4")
      return PERIOD_H4;
   return PERIOD_D1;
  }

//--- Closed bars, oldest first; -1 while the terminal is still loading them.
int ClosedBars(const string symbol, const string timeframe, const int count, MqlRates &rates[])
  {
   return CopyRates(symbol, TimeframeOf(timeframe), 1, count, rates);
  }

bool PositionAt(const ulong ticket, bool &is_buy, datetime &opened)
  {
   if(!OrderSelect((int)ticket, SELECT_BY_TICKET) || OrderCloseTime() != 0)
      return false;
   is_buy = OrderType() == OP_BUY;
   opened = OrderOpenTime();
   return true;
  }

//--- Write one-minute bars; return how many, -1 while the terminal is still loading them.
int WriteCandles(MfJsonWriter &writer, const string symbol, const datetime from, const datetime until)
  {
   MqlRates rates[];
   SymbolSelect(symbol, true);
   int count = CopyRates(symbol, PERIOD_M1, from, until, rates);
   if(count < 0)
      return -1;
   int digits = (int)SymbolInfoInteger(symbol, SYMBOL_DIGITS);
   int most = count < MF_CANDLES_MOST ? count : MF_CANDLES_MOST;
   writer.BeginArray("candles");
   for(int i = 0; i < most; i++)
     {
      writer.BeginObject("");
      WriteTime(writer, "time", rates[i].time);
      writer.Number("open", rates[i].open, digits);
      writer.Number("high", rates[i].high, digits);
      writer.Number("low", rates[i].low, digits);
      writer.Number("close", rates[i].close, digits);
      writer.Whole("volume", rates[i].tick_volume);
      writer.EndObject();
     }
   writer.EndArray();
   return most;
  }

void ClearOutcome(MfOutcome &outcome)
  {
   outcome.is_done = false;
   outcome.is_unknown = false;
   outcome.error = "";
   outcome.result = "";
  }

//--- After a call that failed. 128: no answer in time; 6, 1, 2: none that says anything.
void Failed(MfOutcome &outcome)
  {
   int error = GetLastError();
   outcome.is_unknown = error == 128 || error == 6 || error == 2;
   outcome.error = StringFormat("The broker answered with error %d.", error);
  }

void OpenPosition(const string symbol, const bool is_buy, const double volume, const double stop, const double target,
                  const long deviation, const long magic, const string comment, MfOutcome &outcome)
  {
   ClearOutcome(outcome);
   RefreshRates();
   double price = SymbolInfoDouble(symbol, is_buy ? SYMBOL_ASK : SYMBOL_BID);
   if(price <= 0)
     {
      outcome.error = "The terminal has no price of " + symbol + ".";
      return;
     }
   ResetLastError();
   int ticket = OrderSend(symbol, is_buy ? OP_BUY : OP_SELL, volume, price, (int)deviation, stop, target, comment,
                          (int)magic);
   if(ticket < 0)
     {
      Failed(outcome);
      return;
     }
   outcome.is_done = true;
   outcome.result = StringFormat("{\"order\":%d}", ticket);
  }

void ModifyPosition(const ulong ticket, const bool has_stop, const double stop, const bool has_target,
                    const double target, MfOutcome &outcome)
  {
   ClearOutcome(outcome);
   if(!OrderSelect((int)ticket, SELECT_BY_TICKET) || OrderCloseTime() != 0)
     {
      outcome.error = StringFormat("There is no position %I64u.", ticket);
      return;
     }
   ResetLastError();
   outcome.is_done = OrderModify((int)ticket, OrderOpenPrice(), has_stop ? stop : OrderStopLoss(),
                                 has_target ? target : OrderTakeProfit(), (datetime)0);
   if(!outcome.is_done)
      Failed(outcome);
  }

//--- An order that is closed bears no comment of ours: its ticket tells that it was closed.
void ClosePosition(const ulong ticket, const double volume, const string comment, MfOutcome &outcome)
  {
   ClearOutcome(outcome);
   if(!OrderSelect((int)ticket, SELECT_BY_TICKET) || OrderCloseTime() != 0)
     {
      outcome.error = StringFormat("There is no position %I64u.", ticket);
      return;
     }
   RefreshRates();
   double lots = volume > 0 && volume < OrderLots() ? volume : OrderLots();
   double price = SymbolInfoDouble(OrderSymbol(), OrderType() == OP_BUY ? SYMBOL_BID : SYMBOL_ASK);
   ResetLastError();
   outcome.is_done = OrderClose((int)ticket, lots, price, 50);
   if(outcome.is_done)
      outcome.result = StringFormat("{\"order\":%d}", (int)ticket);
   else
      Failed(outcome);
  }

//--- Positions that fit, by ticket. magic: only where has_magic. symbol: "" for any.
void TicketsOf(const bool has_magic, const long magic, const string symbol, ulong &tickets[])
  {
   ArrayResize(tickets, 0);
   for(int i = 0; i < OrdersTotal(); i++)
     {
      if(!OrderSelect(i, SELECT_BY_POS, MODE_TRADES) || OrderType() > OP_SELL)
         continue;
      if((has_magic && OrderMagicNumber() != magic) || (symbol != "" && OrderSymbol() != symbol))
         continue;
      int count = ArraySize(tickets);
      ArrayResize(tickets, count + 1, 16);
      tickets[count] = (ulong)OrderTicket();
     }
  }

//--- Look for what an order of this mark did. closes: the position that it closes, 0 for none.
//--- 1 found, 0 certainly not there, -1 the terminal cannot say now.
int FindMarked(const string mark, const ulong closes, MfOutcome &outcome)
  {
   ClearOutcome(outcome);
   if(!IsConnected())
      return -1;
   outcome.is_done = true;
   if(closes != 0)
     {
      if(!OrderSelect((int)closes, SELECT_BY_TICKET))
         return -1;
      outcome.result = StringFormat("{\"order\":%d}", (int)closes);
      return OrderCloseTime() != 0 ? 1 : 0;
     }
   for(int pool = 0; pool < 2; pool++)
     {
      int total = pool == MODE_TRADES ? OrdersTotal() : OrdersHistoryTotal();
      for(int i = 0; i < total; i++)
         if(OrderSelect(i, SELECT_BY_POS, pool) && StringFind(OrderComment(), mark) == 0)
           {
            outcome.result = StringFormat("{\"order\":%d}", OrderTicket());
            return 1;
           }
     }
   return 0;
  }

#endif
