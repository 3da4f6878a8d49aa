//+------------------------------------------------------------------+
//| Asks the Brain once a closed bar and trades what it says, within  |
//| limits; by a rule of its own, or not at all, while it is silent.  |
//+------------------------------------------------------------------+
#ifndef METAFLEET_BRAIN_MQH
#define METAFLEET_BRAIN_MQH

#include <metafleet/Backoff.mqh>
#include <metafleet/Http.mqh>
#include <metafleet/Identity.mqh>
#include <metafleet/Trading.mqh>

#define MF_BRAIN_PATH "/brain/v1/signal"
#define MF_BRAIN_TRIES_S 40

class MfBrain
  {
private:
   MfHttp            m_http;
   MfBackoff         m_backoff;
   MfTrader          m_trader;
   string            m_symbol;
   string            m_timeframe;
   string            m_model;
   int               m_bars;
   datetime          m_bar;       // the newest closed bar that was dealt with
   datetime          m_asked_bar; // the one that is being asked about
   ulong             m_asked_at;
   string            m_silence;

   void              WriteQuestion(MfJsonWriter &writer, const MqlRates &rates[])
     {
      int digits = (int)SymbolInfoInteger(m_symbol, SYMBOL_DIGITS);
      writer.BeginObject("");
      writer.Text("symbol", m_symbol);
      writer.Text("timeframe", m_timeframe);
      if(m_model != "")
         writer.Text("model", m_model);
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
      if(reader.Text(root, "symbol") != m_symbol || reader.Text(root, "timeframe") != m_timeframe)
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

public:
                     MfBrain(void)
     {
      m_bar = (datetime)0;
     }

   //--- False where this terminal is not paired yet: the connector does that.
   bool              Begin(const string address, const string model, const int bars, const MfTradeTerms &terms)
     {
      MfIdentity identity;
      MfIdentityFile file;
      file.Open(FilesOf(AccountInfoInteger(ACCOUNT_LOGIN), AccountInfoString(ACCOUNT_SERVER)), identity);
      m_trader.Begin(terms);
      m_symbol = terms.symbol;
      m_timeframe = terms.timeframe;
      m_model = model;
      m_bars = bars;
      m_http.Open(address);
      m_http.UseToken(identity.token);
      m_asked_bar = (datetime)0;
      m_asked_at = 0;
      m_silence = "";
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
      int count = ClosedBars(m_symbol, m_timeframe, 1, rates);
      if(count < 1 || rates[0].time == m_bar)
         return;
      count = ClosedBars(m_symbol, m_timeframe, m_bars, rates);
      if(count < MF_OWN_RULE_BARS || rates[count - 1].time == m_bar)
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
      if(!Ask(rates, signal, is_final))
        {
         if(!is_final && !is_late)
            return;
         PrintFormat("metafleet: the Brain is silent (%s); %s", m_silence, m_trader.Instead());
         m_trader.OwnRule(rates, signal);
        }
      m_bar = m_asked_bar;
      m_trader.Heed(rates, signal);
     }
  };

#endif
