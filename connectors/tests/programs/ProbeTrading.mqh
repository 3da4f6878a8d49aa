//+------------------------------------------------------------------+
//| The probe's calls of what does a program's work: Trading, Brain,  |
//| Connector.                                                        |
//+------------------------------------------------------------------+
#ifndef METAFLEET_PROBE_TRADING_MQH
#define METAFLEET_PROBE_TRADING_MQH

#include <metafleet/Brain.mqh>
#include <metafleet/Connector.mqh>

MfTradeTerms g_terms;
MfTrader g_trader;
MfBrain g_brain;
MfConnector g_connector;

void ReadTerms(void)
  {
   g_terms.symbol = Word(1);
   g_terms.timeframe = Word(2);
   g_terms.magic = 77;
   g_terms.risk_percent = StringToDouble(Word(3));
   g_terms.stop_atr = StringToDouble(Word(4));
   g_terms.target_atr = StringToDouble(Word(5));
   g_terms.probability = StringToDouble(Word(6));
   g_terms.most_spread = (int)Digits(7);
   g_terms.day_loss_percent = StringToDouble(Word(8));
   g_terms.fallback = Word(9) == "rule" ? MF_FALLBACK_MOMENTUM : MF_FALLBACK_NONE;
  }

bool DoTrading(const string call)
  {
   MqlRates rates[];
   MfSignal signal;
   if(call == "terms")
      ReadTerms();
   else if(call == "trader")
      g_trader.Begin(g_terms);
   else if(call == "instead")
      Say(g_trader.Instead());
   else if(call == "rule")
     {
      ClosedBars(g_terms.symbol, g_terms.timeframe, (int)Digits(1), rates);
      g_trader.OwnRule(rates, signal);
      Say(StringFormat("%s %.2f %.2f %d %s", signal.side, signal.probability, signal.size, signal.horizon_bars,
                       signal.why));
     }
   else if(call == "heed")
     {
      ClosedBars(g_terms.symbol, g_terms.timeframe, 30, rates);
      signal.side = Word(1);
      signal.probability = StringToDouble(Word(2));
      signal.size = StringToDouble(Word(3));
      signal.horizon_bars = (int)Digits(4);
      signal.why = Word(5);
      g_trader.Heed(rates, signal);
     }
   else
      return false;
   return true;
  }

bool DoPrograms(const string call)
  {
   if(call == "brain")
      SayTruth(g_brain.Begin(Word(1), Word(2), (int)Digits(3), g_terms));
   else if(call == "think")
      g_brain.Step();
   else if(call == "connector")
      g_connector.Open(Word(1), Word(2), Word(3) == "trade");
   else if(call == "step")
      SayTruth(g_connector.Step());
   else if(call == "traded")
      g_connector.Traded();
   else if(call == "hang up")
      g_connector.Close();
   else
      return false;
   return true;
  }

#endif
