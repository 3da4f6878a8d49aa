//+------------------------------------------------------------------+
//| MetafleetOnnx.mq5: trades what a model says that it carries,      |
//| within limits. It asks nobody: no address, no pairing.            |
//| Compile it in the folder that `metafleet brain export` wrote.     |
//+------------------------------------------------------------------+
#property copyright "The metafleet authors, Apache License 2.0"
#property version   "1.00"
#property description "Runs an exported model once a bar; falls back to a rule of its own, and says so."
#property strict

#include <metafleet/Terminal5.mqh>
#include "MetafleetModel.mqh"
#include <metafleet/Onnx5.mqh>

input double InpRiskPercent = 0.5;                         // Risk of a trade, percent of the balance
input double InpStopAtr = 2.0;                             // Stop, ATRs of 14 bars
input double InpTargetAtr = 3.0;                           // Target, ATRs; 0: none
input double InpProbability = 0.5;                         // Least probability of the side, above the model's own
input int InpMostSpread = 30;                              // Widest spread, points
input double InpDayLossPercent = 3.0;                      // Open nothing after this loss of a day
input MfFallback InpFallback = MF_FALLBACK_NONE;           // While the model is silent
input bool InpMayBeUnpromoted = false;                     // Trade a model that did not pass its gate
input long InpMagic = 810002;                              // Magic number

MfOnnx g_onnx;

int OnInit()
  {
   MfTradeTerms terms;
   if(InpRiskPercent <= 0 || InpRiskPercent > 10 || InpStopAtr <= 0)
     {
      Alert("metafleet: risk must be within 0 and 10 percent, the stop above 0");
      return INIT_PARAMETERS_INCORRECT;
     }
   if(!MF_MODEL_IS_PROMOTED && !InpMayBeUnpromoted)
     {
      Alert("metafleet: ", MF_MODEL_NAME, " did not pass its gate; InpMayBeUnpromoted trades it nevertheless");
      return INIT_PARAMETERS_INCORRECT;
     }
   terms.symbol = Symbol();
   terms.timeframe = MF_MODEL_TIMEFRAME;
   terms.magic = InpMagic;
   terms.risk_percent = InpRiskPercent;
   terms.stop_atr = InpStopAtr;
   terms.target_atr = InpTargetAtr;
   terms.probability = InpProbability;
   terms.most_spread = InpMostSpread;
   terms.day_loss_percent = InpDayLossPercent;
   terms.fallback = InpFallback;
   if(!g_onnx.Begin(terms))
     {
      Alert("metafleet: ", MF_MODEL_NAME, " is a model of ", MF_MODEL_SYMBOLS, ", not of ", terms.symbol);
      return INIT_FAILED;
     }
   PrintFormat("metafleet: %s of %s, trained to %s", MF_MODEL_NAME, MF_MODEL_TIMEFRAME, MF_MODEL_TRAINED_TO);
   EventSetTimer(1);
   return INIT_SUCCEEDED;
  }

void OnDeinit(const int reason)
  {
   EventKillTimer();
   g_onnx.End();
  }

void OnTimer()
  {
   g_onnx.Step();
  }
