//+------------------------------------------------------------------+
//| Trades a signal within limits, wherever it comes from: lots by    |
//| risk, when to open, when to close, and a rule of its own.         |
//+------------------------------------------------------------------+
#ifndef METAFLEET_TRADING_MQH
#define METAFLEET_TRADING_MQH

#include <metafleet/Clock.mqh>

#define MF_OWN_RULE "own rule"
#define MF_OWN_RULE_BARS 26

enum MfFallback
  {
   MF_FALLBACK_NONE,    // open nothing
   MF_FALLBACK_MOMENTUM // follow the last 24 bars, where they went further than 2 ATR
  };

//--- probability: the least of a signal's side. most_spread: points.
struct MfTradeTerms
  {
   string            symbol;
   string            timeframe;
   long              magic;
   double            risk_percent;
   double            stop_atr;
   double            target_atr;
   double            probability;
   int               most_spread;
   double            day_loss_percent;
   MfFallback        fallback;
  };

//--- side: buy, sell or none. probability: of a rise. size: 0 to 1. why: who says so.
struct MfSignal
  {
   string            side;
   double            probability;
   double            size;
   int               horizon_bars;
   string            why;
  };

class MfTrader
  {
private:
   MfTradeTerms      m_terms;
   int               m_horizon_bars;
   long              m_day;
   double            m_day_balance;

   static double     AtrOf(const MqlRates &rates[], const int count)
     {
      int length = ArraySize(rates);
      if(length < count + 1)
         return 0;
      double sum = 0;
      for(int i = length - count; i < length; i++)
        {
         double high = rates[i].high > rates[i - 1].close ? rates[i].high : rates[i - 1].close;
         double low = rates[i].low < rates[i - 1].close ? rates[i].low : rates[i - 1].close;
         sum += high - low;
        }
      return sum / count;
     }

   //--- Lots whose stop costs the wanted share of the balance; 0 where even the smallest costs more than twice it.
   double            LotsOf(const double stop, const double share)
     {
      double tick = SymbolInfoDouble(m_terms.symbol, SYMBOL_TRADE_TICK_SIZE);
      double value = SymbolInfoDouble(m_terms.symbol, SYMBOL_TRADE_TICK_VALUE);
      double step = SymbolInfoDouble(m_terms.symbol, SYMBOL_VOLUME_STEP);
      double least = SymbolInfoDouble(m_terms.symbol, SYMBOL_VOLUME_MIN);
      double most = SymbolInfoDouble(m_terms.symbol, SYMBOL_VOLUME_MAX);
      double risk = AccountInfoDouble(ACCOUNT_BALANCE) * m_terms.risk_percent / 100 * share;
      if(tick <= 0 || value <= 0 || step <= 0 || stop <= 0)
         return 0;
      double loss = stop / tick * value;
      double lots = MathFloor(risk / loss / step + 0.0000001) * step;
      if(lots < least)
         return least * loss <= 2 * risk ? least : 0;
      return NormalizeDouble(lots > most ? most : lots, 8);
     }

   //--- "" where a position may be opened, else why not.
   string            Hindrance(const MfSignal &signal)
     {
      double sure = signal.side == "buy" ? signal.probability : 1 - signal.probability;
      long day = (long)ServerTime() / MF_DAY_S;
      double equity = AccountInfoDouble(ACCOUNT_EQUITY);
      if(day != m_day)
        {
         m_day = day;
         m_day_balance = AccountInfoDouble(ACCOUNT_BALANCE);
        }
      if(signal.why != MF_OWN_RULE && sure < m_terms.probability)
         return "it is not sure enough";
      if(SymbolInfoInteger(m_terms.symbol, SYMBOL_SPREAD) > m_terms.most_spread)
         return "the spread is too wide";
      if(equity < m_day_balance * (1 - m_terms.day_loss_percent / 100))
         return "the day has lost enough";
      return "";
     }

   void              Open(const MfSignal &signal, const double atr)
     {
      MfOutcome outcome;
      string hindrance = Hindrance(signal);
      double stop = m_terms.stop_atr * atr;
      double lots = LotsOf(stop, signal.size);
      if(hindrance == "" && lots <= 0)
         hindrance = "the smallest volume would risk too much";
      if(hindrance != "")
        {
         PrintFormat("metafleet: %s by %s, and nothing is opened: %s", signal.side, signal.why, hindrance);
         return;
        }
      int digits = (int)SymbolInfoInteger(m_terms.symbol, SYMBOL_DIGITS);
      bool is_buy = signal.side == "buy";
      double price = SymbolInfoDouble(m_terms.symbol, is_buy ? SYMBOL_ASK : SYMBOL_BID);
      double way = is_buy ? 1 : -1;
      double target = m_terms.target_atr > 0 ? NormalizeDouble(price + way * m_terms.target_atr * atr, digits) : 0;
      OpenPosition(m_terms.symbol, is_buy, lots, NormalizeDouble(price - way * stop, digits), target, 20,
                   m_terms.magic, "mf " + signal.why, outcome);
      if(outcome.is_done)
         m_horizon_bars = signal.horizon_bars;
      else
         Print("metafleet: ", outcome.error);
     }

   //--- What is held is closed by an opposite signal, and when the time is over that the model looks ahead.
   bool              Hold(const MfSignal &signal, const datetime bar)
     {
      ulong tickets[];
      bool is_buy = false;
      bool is_held = false;
      datetime opened = (datetime)0;
      MfOutcome outcome;
      TicketsOf(true, m_terms.magic, m_terms.symbol, tickets);
      for(int i = 0; i < ArraySize(tickets); i++)
        {
         if(!PositionAt(tickets[i], is_buy, opened))
            continue;
         bool is_against = signal.side == (is_buy ? "sell" : "buy");
         long held_s = (long)bar + SecondsOfBar() - (long)opened;
         bool is_over = m_horizon_bars > 0 && held_s >= m_horizon_bars * SecondsOfBar();
         if(!is_against && !is_over)
           {
            is_held = true;
            continue;
           }
         ClosePosition(tickets[i], 0, is_against ? "mf turned" : "mf time", outcome);
         if(outcome.is_done)
            continue;
         is_held = true;
         Print("metafleet: ", outcome.error);
        }
      return is_held;
     }

   long              SecondsOfBar(void)
     {
      string unit = StringSubstr(m_terms.timeframe, 0, 1);
      long count = StringToInteger(StringSubstr(m_terms.timeframe, 1));
      return count * (unit == "M" ? 60 : unit == "H" ? 3600 : MF_DAY_S);
     }

public:
   void              Begin(const MfTradeTerms &terms)
     {
      m_terms = terms;
      m_horizon_bars = 0;
      m_day = 0;
      m_day_balance = 0;
     }

   //--- What is done while the signals' source is silent.
   string            Instead(void)
     {
      return m_terms.fallback == MF_FALLBACK_NONE ? "nothing is opened" : "the own rule decides";
     }

   void              OwnRule(const MqlRates &rates[], MfSignal &signal)
     {
      double atr = AtrOf(rates, 14);
      int length = ArraySize(rates);
      signal.side = "none";
      signal.probability = 0.5;
      signal.size = 0.5;
      signal.horizon_bars = 24;
      signal.why = MF_OWN_RULE;
      if(m_terms.fallback != MF_FALLBACK_MOMENTUM || length < 25 || atr <= 0)
         return;
      double move = rates[length - 1].close - rates[length - 25].close;
      if(move > 2 * atr)
         signal.side = "buy";
      else if(move < -2 * atr)
         signal.side = "sell";
     }

   //--- Close what the signal speaks against or whose time is over; open, where nothing is held. rates: closed bars.
   void              Heed(const MqlRates &rates[], const MfSignal &signal)
     {
      double atr = AtrOf(rates, 14);
      // After a restart nobody remembers what was looked ahead: this signal's source does.
      if(m_horizon_bars == 0)
         m_horizon_bars = signal.horizon_bars;
      if(!Hold(signal, rates[ArraySize(rates) - 1].time) && signal.side != "none" && atr > 0)
         Open(signal, atr);
     }
  };

#endif
