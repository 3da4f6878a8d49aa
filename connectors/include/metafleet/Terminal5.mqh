//+------------------------------------------------------------------+
//| MetaTrader 5 to the connector: account, deals, positions, bars,   |
//| orders. Terminal4.mqh has the same functions for MetaTrader 4.    |
//+------------------------------------------------------------------+
#ifndef METAFLEET_TERMINAL5_MQH
#define METAFLEET_TERMINAL5_MQH

#include <metafleet/Clock.mqh>
#include <metafleet/Json.mqh>

#define MF_DAY_S 86400
#define MF_DEALS_A_BATCH 200
#define MF_CANDLES_MOST 9000

//--- Up to where deals were sent. MetaTrader 5 gives tickets in the order of execution.
struct MfCursor
  {
   ulong             ticket;
   datetime          time;   // from which on they are looked for
  };

//--- What became of an order. `result`: a JSON object.
struct MfOutcome
  {
   bool              is_done;
   bool              is_unknown; // sent, and nobody knows yet what the broker did
   string            error;
   string            result;
  };

//--- The hub's highest ticket is all that is needed to go on.
bool HasOwnCursor(void)
  {
   return false;
  }

string PlatformName(void)
  {
   return "mt5";
  }

void WriteAccount(MfJsonWriter &writer)
  {
   long mode = AccountInfoInteger(ACCOUNT_MARGIN_MODE);
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
   writer.Text("marginMode", mode == ACCOUNT_MARGIN_MODE_RETAIL_HEDGING ? "hedging" : "netting");
   writer.Truth("tradeAllowed", TerminalInfoInteger(TERMINAL_TRADE_ALLOWED) != 0
                && MQLInfoInteger(MQL_TRADE_ALLOWED) != 0 && AccountInfoInteger(ACCOUNT_TRADE_EXPERT) != 0);
   writer.EndObject();
  }

int OpenPositions(void)
  {
   return PositionsTotal();
  }

//--- Another one where a position has opened or closed, should its event have been lost.
ulong PoolMark(void)
  {
   return (ulong)PositionsTotal();
  }

void WritePositions(MfJsonWriter &writer)
  {
   writer.BeginArray("positions");
   for(int i = 0; i < PositionsTotal(); i++)
     {
      ulong ticket = PositionGetTicket(i);
      if(ticket == 0)
         continue;
      string symbol = PositionGetString(POSITION_SYMBOL);
      int digits = (int)SymbolInfoInteger(symbol, SYMBOL_DIGITS);
      writer.BeginObject("");
      writer.Ticket("ticket", ticket);
      writer.Text("symbol", symbol);
      writer.Text("type", PositionGetInteger(POSITION_TYPE) == POSITION_TYPE_BUY ? "BUY" : "SELL");
      writer.Number("volume", PositionGetDouble(POSITION_VOLUME), 8);
      writer.Number("openPrice", PositionGetDouble(POSITION_PRICE_OPEN), digits);
      writer.Number("currentPrice", PositionGetDouble(POSITION_PRICE_CURRENT), digits);
      writer.Number("profit", PositionGetDouble(POSITION_PROFIT), 2);
      writer.Number("swap", PositionGetDouble(POSITION_SWAP), 2);
      WriteTime(writer, "openTime", (datetime)PositionGetInteger(POSITION_TIME));
      writer.Number("stopLoss", PositionGetDouble(POSITION_SL), digits);
      writer.Number("takeProfit", PositionGetDouble(POSITION_TP), digits);
      writer.Whole("magic", PositionGetInteger(POSITION_MAGIC));
      writer.Text("comment", PositionGetString(POSITION_COMMENT));
      writer.EndObject();
     }
   writer.EndArray();
  }

//--- Keep the symbol's own digits; a price of more is one that was averaged.
void WritePrice(MfJsonWriter &writer, const string name, const double price)
  {
   writer.Number(name, price, 8);
  }

void WriteDealTime(MfJsonWriter &writer, const long time, const long time_msc)
  {
   if(OffsetAt(time) != g_utc_offset)
     {
      writer.Text("time", IsoOf(time, (int)(time_msc % 1000), OffsetAt(time)));
      return;
     }
   writer.Whole("time", time);
   writer.Whole("timeMsc", time_msc);
  }

void WriteDeal(MfJsonWriter &writer, const ulong ticket)
  {
   long type = HistoryDealGetInteger(ticket, DEAL_TYPE);
   writer.BeginObject("");
   writer.Ticket("ticket", ticket);
   writer.Text("symbol", HistoryDealGetString(ticket, DEAL_SYMBOL));
   if(type == DEAL_TYPE_BUY || type == DEAL_TYPE_SELL)
     {
      writer.Text("type", type == DEAL_TYPE_BUY ? "BUY" : "SELL");
      writer.Whole("entryType", HistoryDealGetInteger(ticket, DEAL_ENTRY));
      writer.Whole("positionId", HistoryDealGetInteger(ticket, DEAL_POSITION_ID));
     }
   else
      writer.Whole("dealType", type);
   writer.Number("volume", HistoryDealGetDouble(ticket, DEAL_VOLUME), 8);
   WritePrice(writer, "price", HistoryDealGetDouble(ticket, DEAL_PRICE));
   WriteDealTime(writer, HistoryDealGetInteger(ticket, DEAL_TIME), HistoryDealGetInteger(ticket, DEAL_TIME_MSC));
   writer.Number("commission", HistoryDealGetDouble(ticket, DEAL_COMMISSION), 2);
   writer.Number("swap", HistoryDealGetDouble(ticket, DEAL_SWAP), 2);
   writer.Number("fee", HistoryDealGetDouble(ticket, DEAL_FEE), 2);
   writer.Number("profit", HistoryDealGetDouble(ticket, DEAL_PROFIT), 2);
   writer.Text("comment", HistoryDealGetString(ticket, DEAL_COMMENT));
   writer.Whole("orderId", HistoryDealGetInteger(ticket, DEAL_ORDER));
   writer.Whole("magic", HistoryDealGetInteger(ticket, DEAL_MAGIC));
   writer.Whole("reason", HistoryDealGetInteger(ticket, DEAL_REASON));
   WritePrice(writer, "stopLoss", HistoryDealGetDouble(ticket, DEAL_SL));
   WritePrice(writer, "takeProfit", HistoryDealGetDouble(ticket, DEAL_TP));
   writer.EndObject();
  }

//--- Go on after what the hub has.
void BeginAfter(const ulong known, const MfCursor &kept, MfCursor &cursor)
  {
   cursor.ticket = known;
   cursor.time = (datetime)0;
  }

//--- Write the next deals after the cursor, by ticket, and where it stands then; return how many.
int WriteDeals(MfJsonWriter &writer, const MfCursor &after, MfCursor &next)
  {
   ulong tickets[];
   next.ticket = after.ticket;
   next.time = after.time;
   writer.BeginArray("trades");
   if(!HistorySelect(after.time, (datetime)(ServerTime() + 2 * MF_DAY_S)))
     {
      writer.EndArray();
      return -1;
     }
   for(int i = 0; i < HistoryDealsTotal(); i++)
     {
      ulong ticket = HistoryDealGetTicket(i);
      if(ticket <= after.ticket)
         continue;
      int count = ArraySize(tickets);
      ArrayResize(tickets, count + 1, 256);
      tickets[count] = ticket;
     }
   ArraySort(tickets);
   int most = ArraySize(tickets) < MF_DEALS_A_BATCH ? ArraySize(tickets) : MF_DEALS_A_BATCH;
   for(int i = 0; i < most; i++)
     {
      WriteDeal(writer, tickets[i]);
      next.ticket = tickets[i];
     }
   writer.EndArray();
   return most;
  }

//--- When the account's first deal was made; 0 where there is none.
datetime OldestTime(void)
  {
   if(!HistorySelect((datetime)0, (datetime)(ServerTime() + 2 * MF_DAY_S)) || HistoryDealsTotal() == 0)
      return (datetime)0;
   return (datetime)HistoryDealGetInteger(HistoryDealGetTicket(0), DEAL_TIME);
  }

//--- Whether there is a deal that was not sent: of the last days, which are quick to look through.
bool HasDealsAfter(const MfCursor &cursor)
  {
   if(!HistorySelect((datetime)(ServerTime() - 3 * MF_DAY_S), (datetime)(ServerTime() + 2 * MF_DAY_S)))
      return false;
   for(int i = 0; i < HistoryDealsTotal(); i++)
      if(HistoryDealGetTicket(i) > cursor.ticket)
         return true;
   return false;
  }

//--- "M15" as the platform names it.
ENUM_TIMEFRAMES TimeframeOf(const string name)
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
   if(!PositionSelectByTicket(ticket))
      return false;
   is_buy = PositionGetInteger(POSITION_TYPE) == POSITION_TYPE_BUY;
   opened = (datetime)PositionGetInteger(POSITION_TIME);
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

ENUM_ORDER_TYPE_FILLING FillingOf(const string symbol)
  {
   long modes = SymbolInfoInteger(symbol, SYMBOL_FILLING_MODE);
   if((modes & SYMBOL_FILLING_IOC) != 0)
      return ORDER_FILLING_IOC;
   return (modes & SYMBOL_FILLING_FOK) != 0 ? ORDER_FILLING_FOK : ORDER_FILLING_RETURN;
  }

void SendOrder(MqlTradeRequest &request, MfOutcome &outcome)
  {
   MqlTradeResult result;
   ZeroMemory(result);
   ClearOutcome(outcome);
   ResetLastError();
   bool is_sent = OrderSend(request, result);
   uint code = result.retcode;
   outcome.is_done = is_sent && (code == TRADE_RETCODE_DONE || code == TRADE_RETCODE_DONE_PARTIAL
                                 || code == TRADE_RETCODE_PLACED);
   outcome.is_unknown = code == TRADE_RETCODE_TIMEOUT || (is_sent && code == 0);
   if(!outcome.is_done)
     {
      outcome.error = StringFormat("The broker answered %d %s (error %d).", (int)code, result.comment, GetLastError());
      return;
     }
   MfJsonWriter writer;
   writer.BeginObject("");
   writer.Whole("retcode", (long)code);
   writer.Ticket("deal", result.deal);
   writer.Ticket("order", result.order);
   writer.Number("price", result.price, 8);
   writer.Number("volume", result.volume, 8);
   writer.EndObject();
   outcome.result = writer.Document();
  }

void OpenPosition(const string symbol, const bool is_buy, const double volume, const double stop, const double target,
                  const long deviation, const long magic, const string comment, MfOutcome &outcome)
  {
   MqlTradeRequest request;
   MqlTick tick;
   ZeroMemory(request);
   ClearOutcome(outcome);
   if(!SymbolSelect(symbol, true) || !SymbolInfoTick(symbol, tick))
     {
      outcome.error = "The terminal has no price of " + symbol + ".";
      return;
     }
   request.action = TRADE_ACTION_DEAL;
   request.symbol = symbol;
   request.volume = volume;
   request.type = is_buy ? ORDER_TYPE_BUY : ORDER_TYPE_SELL;
   request.price = is_buy ? tick.ask : tick.bid;
   request.sl = stop;
   request.tp = target;
   request.deviation = (ulong)deviation;
   request.magic = (ulong)magic;
   request.comment = comment;
   request.type_filling = FillingOf(symbol);
   SendOrder(request, outcome);
  }

void ModifyPosition(const ulong ticket, const bool has_stop, const double stop, const bool has_target,
                    const double target, MfOutcome &outcome)
  {
   MqlTradeRequest request;
   ZeroMemory(request);
   ClearOutcome(outcome);
   if(!PositionSelectByTicket(ticket))
     {
      outcome.error = StringFormat("There is no position %I64u.", ticket);
      return;
     }
   request.action = TRADE_ACTION_SLTP;
   request.position = ticket;
   request.symbol = PositionGetString(POSITION_SYMBOL);
   request.sl = has_stop ? stop : PositionGetDouble(POSITION_SL);
   request.tp = has_target ? target : PositionGetDouble(POSITION_TP);
   SendOrder(request, outcome);
  }

void ClosePosition(const ulong ticket, const double volume, const string comment, MfOutcome &outcome)
  {
   MqlTradeRequest request;
   MqlTick tick;
   ZeroMemory(request);
   ClearOutcome(outcome);
   if(!PositionSelectByTicket(ticket))
     {
      outcome.error = StringFormat("There is no position %I64u.", ticket);
      return;
     }
   bool is_buy = PositionGetInteger(POSITION_TYPE) == POSITION_TYPE_BUY;
   double held = PositionGetDouble(POSITION_VOLUME);
   request.action = TRADE_ACTION_DEAL;
   request.position = ticket;
   request.symbol = PositionGetString(POSITION_SYMBOL);
   request.volume = volume > 0 && volume < held ? volume : held;
   request.type = is_buy ? ORDER_TYPE_SELL : ORDER_TYPE_BUY;
   request.magic = (ulong)PositionGetInteger(POSITION_MAGIC);
   request.comment = comment;
   request.deviation = 50;
   request.type_filling = FillingOf(request.symbol);
   if(SymbolInfoTick(request.symbol, tick))
      request.price = is_buy ? tick.bid : tick.ask;
   SendOrder(request, outcome);
  }

//--- Positions that fit, by ticket. magic: only where has_magic. symbol: "" for any.
void TicketsOf(const bool has_magic, const long magic, const string symbol, ulong &tickets[])
  {
   ArrayResize(tickets, 0);
   for(int i = 0; i < PositionsTotal(); i++)
     {
      ulong ticket = PositionGetTicket(i);
      if(ticket == 0 || (has_magic && PositionGetInteger(POSITION_MAGIC) != magic))
         continue;
      if(symbol != "" && PositionGetString(POSITION_SYMBOL) != symbol)
         continue;
      int count = ArraySize(tickets);
      ArrayResize(tickets, count + 1, 16);
      tickets[count] = ticket;
     }
  }

//--- Look for what an order of this mark did: among orders that wait, and the deals of the last days.
//--- 1 found, 0 certainly not there, -1 the terminal cannot say now. closes: the position that it closes, 0 for none.
int FindMarked(const string mark, const ulong closes, MfOutcome &outcome)
  {
   ClearOutcome(outcome);
   if(TerminalInfoInteger(TERMINAL_CONNECTED) == 0)
      return -1;
   for(int i = 0; i < OrdersTotal(); i++)
      if(OrderGetTicket(i) != 0 && StringFind(OrderGetString(ORDER_COMMENT), mark) == 0)
         return -1;
   if(!HistorySelect((datetime)(ServerTime() - 3 * MF_DAY_S), (datetime)(ServerTime() + 2 * MF_DAY_S)))
      return -1;
   for(int i = 0; i < HistoryDealsTotal(); i++)
     {
      ulong ticket = HistoryDealGetTicket(i);
      if(StringFind(HistoryDealGetString(ticket, DEAL_COMMENT), mark) != 0)
         continue;
      MfJsonWriter writer;
      writer.BeginObject("");
      writer.Ticket("deal", ticket);
      writer.Whole("order", HistoryDealGetInteger(ticket, DEAL_ORDER));
      writer.Number("price", HistoryDealGetDouble(ticket, DEAL_PRICE), 8);
      writer.Number("volume", HistoryDealGetDouble(ticket, DEAL_VOLUME), 8);
      writer.EndObject();
      outcome.is_done = true;
      outcome.result = writer.Document();
      return 1;
     }
   return 0;
  }

#endif
