//+------------------------------------------------------------------+
//| Asks a model that the program carries once a closed bar, and      |
//| trades what it says; nobody else is asked. MetaTrader 5 alone.    |
//| The model is MetafleetModel.mqh: `metafleet brain export`.        |
//+------------------------------------------------------------------+
#ifndef METAFLEET_ONNX5_MQH
#define METAFLEET_ONNX5_MQH

#include <metafleet/Clock.mqh>
#include <metafleet/Trading.mqh>

#define MF_ONNX_WAIT_MS 10000

//--- What a broker adds to the name of one of the model's symbols, ".m" of EURUSD.m; false for another symbol.
bool SuffixOf(const string symbol, string &suffix)
  {
   string known[];
   int count = StringSplit(MF_MODEL_SYMBOLS, ',', known);
   for(int i = 0; i < count; i++)
      if(StringFind(symbol, known[i]) == 0)
        {
         suffix = StringSubstr(symbol, StringLen(known[i]));
         return true;
        }
   return false;
  }

class MfOnnx
  {
private:
   MfTrader          m_trader;
   string            m_symbol;
   string            m_suffix;
   long              m_handle;
   int               m_bars;
   datetime          m_bar;       // the newest closed bar that was dealt with
   datetime          m_seen;      // the one that is being looked at
   ulong             m_seen_at;
   string            m_silence;

   bool              Load(void)
     {
      if(m_handle != INVALID_HANDLE)
         return true;
      ResetLastError();
      m_handle = OnnxCreateFromBuffer(g_model_bytes, ONNX_USE_CPU_ONLY);
      if(m_handle != INVALID_HANDLE)
         return true;
      m_silence = StringFormat("it cannot be loaded, error %d", GetLastError());
      return false;
     }

   //--- True for a signal that holds; else m_silence says why there is none.
   bool              Think(const float &values[], MfSignal &signal)
     {
      float answer[1];
      if(!Load())
         return false;
      ResetLastError();
      if(!OnnxRun(m_handle, ONNX_NO_CONVERSION, values, answer))
        {
         m_silence = StringFormat("it did not answer, error %d", GetLastError());
         return false;
        }
      double rise = answer[0];
      if(!MathIsValidNumber(rise) || rise < 0 || rise > 1)
        {
         m_silence = "its probability is none";
         return false;
        }
      int side = MfModelSide(rise);
      signal.side = side > 0 ? "buy" : side < 0 ? "sell" : "none";
      signal.probability = rise;
      signal.size = MfModelSize(rise);
      signal.horizon_bars = MF_MODEL_HORIZON_BARS;
      signal.why = "model";
      return true;
     }

   //--- True for a new closed bar, with those before it.
   bool              HasBar(MqlRates &rates[])
     {
      int count = ClosedBars(m_symbol, MF_MODEL_TIMEFRAME, 1, rates);
      if(count < 1 || rates[0].time == m_bar)
         return false;
      datetime newest = rates[0].time;
      if(newest != m_seen)
        {
         m_seen = newest;
         m_seen_at = SteadyMs();
        }
      count = ClosedBars(m_symbol, MF_MODEL_TIMEFRAME, m_bars, rates);
      if(count >= m_bars && rates[count - 1].time == newest)
         return true;
      // The terminal loads them when they are first asked for.
      if(SteadyMs() > m_seen_at + MF_ONNX_WAIT_MS)
        {
         m_bar = newest;
         PrintFormat("metafleet: the model is silent (%d of %d bars are there); nothing is done", count, m_bars);
        }
      return false;
     }

public:
   //--- False for a symbol that the model knows nothing of.
   bool              Begin(const MfTradeTerms &terms)
     {
      m_trader.Begin(terms);
      m_symbol = terms.symbol;
      m_handle = INVALID_HANDLE;
      m_bars = MF_MODEL_LOOK_BACK > MF_OWN_RULE_BARS ? MF_MODEL_LOOK_BACK : MF_OWN_RULE_BARS;
      m_bar = (datetime)0;
      m_seen = (datetime)0;
      m_seen_at = 0;
      m_silence = "";
      if(!SuffixOf(m_symbol, m_suffix))
         return false;
      if(!Load())
         Print("metafleet: the model is silent (", m_silence, ")");
      return true;
     }

   void              End(void)
     {
      if(m_handle != INVALID_HANDLE)
         OnnxRelease(m_handle);
      m_handle = INVALID_HANDLE;
     }

   //--- Called by the timer: nothing happens but where a bar has closed.
   void              Step(void)
     {
      MqlRates rates[];
      float values[];
      MfSignal signal;
      if(!HasBar(rates))
         return;
      // Other symbols' bars of the same time may come a moment later; a missing one is left out at last.
      bool is_late = SteadyMs() > m_seen_at + MF_ONNX_WAIT_MS;
      bool is_whole = MfModelFeatures(m_symbol, m_suffix, rates, values);
      if(!is_whole && !is_late)
         return;
      m_bar = m_seen;
      m_silence = "its features are not whole";
      if(ArraySize(values) == MF_MODEL_FEATURES && Think(values, signal))
         PrintFormat("metafleet: %s: P(rise) %.8f, %s", TimeToString(m_bar), signal.probability, signal.side);
      else
        {
         PrintFormat("metafleet: the model is silent (%s); %s", m_silence, m_trader.Instead());
         m_trader.OwnRule(rates, signal);
        }
      m_trader.Heed(rates, signal);
     }
  };

#endif
