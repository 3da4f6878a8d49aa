//+------------------------------------------------------------------+
//| A model as `metafleet brain export` writes it, whose one feature  |
//| is the last bar's close, and the probe's calls of Onnx5.          |
//+------------------------------------------------------------------+
#ifndef METAFLEET_PROBE_MODEL_MQH
#define METAFLEET_PROBE_MODEL_MQH

#define MF_MODEL_SYMBOLS "GBPUSD,EURUSD"
#define MF_MODEL_TIMEFRAME "H1"
#define MF_MODEL_FEATURES 1
#define MF_MODEL_LOOK_BACK 30
#define MF_MODEL_HORIZON_BARS 3

uchar g_model_bytes[];

int MfModelSide(const double rise)
  {
   return rise > 0.6 ? 1 : rise < 0.4 ? -1 : 0;
  }

double MfModelSize(const double rise)
  {
   return rise > 0.5 ? 1.0 : 0.5;
  }

//--- Whole where the symbol beside it has its bar, too; without it one is left out where there is none at all.
bool MfModelFeatures(const string symbol, const string suffix, const MqlRates &rates[], float &values[])
  {
   MqlRates beside[];
   int count = ClosedBars("GBPUSD" + suffix, MF_MODEL_TIMEFRAME, 1, beside);
   ArrayResize(values, count < 0 ? 0 : 1);
   if(count >= 0)
      values[0] = (float)rates[ArraySize(rates) - 1].close;
   return count > 0;
  }

#include <metafleet/Onnx5.mqh>

MfOnnx g_onnx;

bool DoOnnx(const string call)
  {
   string suffix = "-";
   if(call == "suffix")
     {
      bool is_known = SuffixOf(Word(1), suffix);
      Say(is_known ? "known " + suffix : "unknown");
     }
   else if(call == "onnx")
      SayTruth(g_onnx.Begin(g_terms));
   else if(call == "run")
      g_onnx.Step();
   else if(call == "release")
      g_onnx.End();
   else
      return false;
   return true;
  }

#endif
