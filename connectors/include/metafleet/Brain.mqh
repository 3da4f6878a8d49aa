//+------------------------------------------------------------------+
//| Asks the Brain once a closed bar and trades what it says, within  |
//| limits; by a rule of its own, or not at all, while it is silent.  |
//+------------------------------------------------------------------+
#ifndef METAFLEET_BRAIN_MQH
#define METAFLEET_BRAIN_MQH

#include <metafleet/Backoff.mqh>
#include <metafleet/Http.mqh>
#include <metafleet/Identity.mqh>

#define MF_BRAIN_PATH "/brain/v1/signal"
#define MF_BRAIN_TRIES_S 40

enum MfFallback
  {
   MF_FALLBACK_NONE,    // open nothing
   MF_FALLBACK_MOMENTUM // follow the last 24 bars, where they went further than 2 ATR
  };

struct MfBrainTerms
  {
   string            symbol;
   string            timeframe;
   string            model;
   int               bars;
   long              magic;
   double            risk_percent;
   double            stop_atr;
   double            target_atr;
   double            probability;
   int               most_spread;
   double            day_loss_percent;
   MfFallback        fallback;
  };

struct MfSignal
  {
   string            side;
   double            probability;
   double            size;
   int               horizon_bars;
   string            why;
  };

class MfBrain
  {
private:
   MfHttp            m_http;
   MfBackoff         m_backoff;
   MfBrainTerms      m_terms;
   datetime          m_bar;       // the newest closed bar that was dealt with
   datetime          m_asked_bar; // the one that is being asked about
   ulong             m_asked_at;
   string            m_silence;
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

   void              WriteQuestion(MfJsonWriter &writer, const MqlRates &rates[])
     {
      int digits = (int)SymbolInfoInteger(m_terms.symbol, SYMBOL_DIGITS);
      writer.BeginObject("");
      writer.Text("symbol", m_terms.symbol);
      writer.Text("timeframe", m_terms.timeframe);
      if(m_terms.model != "")
         writer.Text("model", m_terms.model);
      writer.BeginArray("bars");
      for(int i = 0; i < ArraySize(rates); i++)
        {
         writer.BeginArray("");
         writer.Whole("", (long)rates[i].time);
         writer.Number("", rates[i].open, digits);
         writer.Number("", rates[i].high, digits);
         writer.Number("", rates[i].low, digits);
         writer.Number("", rates[i].close, digits);
         writer.Whole("", rates[i].tick_volume);
         writer.Whole("", rates[i].spread);
         writer.EndArray();
        }
      writer.EndArray();
      writer.EndObject();
     }

   //--- True for a signal that holds; else m_silence says why there is none, and `is_final` whether to ask again.
   bool              Ask(const MqlRates &rates[], MfSignal &signal, bool &is_final)
     {
      string came;
      MfJsonWriter writer;
      MfJsonReader reader;
      WriteQuestion(writer, rates);
      MfAnswer answer = m_http.Ask(MF_BRAIN_PATH, writer.Document(), came);
      is_final = answer == MF_ANSWER_REFUSED || answer == MF_ANSWER_STRANGER || m_http.Status() == 409;
      m_silence = m_http.Said();
      if(answer != MF_ANSWER_GOOD || !reader.Parse(came))
        {
         if(m_http.WantsSeconds() > 0)
            m_backoff.WaitSeconds(m_http.WantsSeconds());
         else
            m_backoff.Failed();
         return false;
        }
      m_backoff.Succeeded();
      int root = reader.Root();
      is_final = true;
      signal.side = reader.Text(root, "side");
      signal.probability = reader.Number(root, "probability");
      signal.size = reader.Number(root, "size");
      signal.horizon_bars = (int)reader.Whole(root, "horizonBars");
      signal.why = "brain";
      if(reader.Text(root, "symbol") != m_terms.symbol || reader.Text(root, "timeframe") != m_terms.timeframe)
        {
         m_silence = "it answered about another market";
         return false;
        }
      if(signal.side != "buy" && signal.side != "sell" && signal.side != "none")
        {
         m_silence = "it said no side";
         return false;
        }
      if(!(signal.probability >= 0 && signal.probability <= 1 && signal.size >= 0 && signal.size <= 1))
        {
         m_silence = "its figures are none";
         return false;
        }
      m_silence = "";
      return true;
     }

   void              OwnRule(const MqlRates &rates[], const double atr, MfSignal &signal)
     {
      int length = ArraySize(rates);
      signal.side = "none";
      signal.probability = 0.5;
      signal.size = 0.5;
      signal.horizon_bars = 24;
      signal.why = "own rule";
      if(m_terms.fallback != MF_FALLBACK_MOMENTUM || length < 25 || atr <= 0)
         return;
      double move = rates[length - 1].close - rates[length - 25].close;
      if(move > 2 * atr)
         signal.side = "buy";
      else if(move < -2 * atr)
         signal.side = "sell";
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
      if(signal.why == "brain" && sure < m_terms.probability)
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
      double lots = LotsOf(stop, signal.why == "brain" ? signal.size : 0.5);
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
                   m_terms.magic, signal.why == "brain" ? "mf brain" : "mf own rule", outcome);
      if(outcome.is_done)
         m_horizon_bars = signal.horizon_bars;
      else
         Print("metafleet: ", outcome.error);
     }

   //--- What is held is closed by an opposite signal, and when the time is over that the model looks ahead.
   bool              Hold(const MfSignal &signal)
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
         long held_s = (long)m_bar + SecondsOfBar() - (long)opened;
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
                     MfBrain(void)
     {
      m_bar = (datetime)0;
     }

   //--- False where this terminal is not paired yet: the connector does that.
   bool              Begin(const string address, const MfBrainTerms &terms)
     {
      MfIdentity identity;
      MfIdentityFile file;
      file.Open(FilesOf(AccountInfoInteger(ACCOUNT_LOGIN), AccountInfoString(ACCOUNT_SERVER)), identity);
      m_terms = terms;
      m_http.Open(address);
      m_http.UseToken(identity.token);
      m_asked_bar = (datetime)0;
      m_asked_at = 0;
      m_silence = "";
      m_horizon_bars = 0;
      m_day = 0;
      m_day_balance = 0;
      return identity.token != "";
     }

   //--- The token renews itself while the connector runs: take the newest.
   void              TakeToken(void)
     {
      MfIdentity identity;
      MfIdentityFile file;
      file.Open(FilesOf(AccountInfoInteger(ACCOUNT_LOGIN), AccountInfoString(ACCOUNT_SERVER)), identity);
      m_http.UseToken(identity.token);
     }

   //--- Called by the timer: nothing happens but where a bar has closed.
   void              Step(void)
     {
      MqlRates rates[];
      MfSignal signal;
      bool is_final = false;
      int count = ClosedBars(m_terms.symbol, m_terms.timeframe, 1, rates);
      if(count < 1 || rates[0].time == m_bar)
         return;
      count = ClosedBars(m_terms.symbol, m_terms.timeframe, m_terms.bars, rates);
      if(count < 26 || rates[count - 1].time == m_bar)
         return;
      if(rates[count - 1].time != m_asked_bar)
        {
         m_asked_bar = rates[count - 1].time;
         m_asked_at = SteadyMs();
         m_backoff.Succeeded();
         TakeToken();
        }
      bool is_late = SteadyMs() > m_asked_at + MF_BRAIN_TRIES_S * 1000;
      if(!m_backoff.IsDue() && !is_late)
         return;
      double atr = AtrOf(rates, 14);
      if(!Ask(rates, signal, is_final))
        {
         if(!is_final && !is_late)
            return;
         PrintFormat("metafleet: the Brain is silent (%s); %s", m_silence,
                     m_terms.fallback == MF_FALLBACK_NONE ? "nothing is opened" : "the own rule decides");
         OwnRule(rates, atr, signal);
        }
      m_bar = m_asked_bar;
      if(!Hold(signal) && signal.side != "none" && atr > 0)
         Open(signal, atr);
     }
  };

#endif
