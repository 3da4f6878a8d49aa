//+------------------------------------------------------------------+
//| MetafleetBrain.mq5: trades what a model of metafleet says, within |
//| limits. The connector must run in this terminal: it is paired.    |
//+------------------------------------------------------------------+
#property copyright "The metafleet authors, Apache License 2.0"
#property version   "1.00"
#property description "Asks metafleet's Brain once a bar; falls back to a rule of its own, and says so."
#property strict

#include <metafleet/Terminal5.mqh>
#include <metafleet/Brain.mqh>

input string InpAddress = "https://metafleet.example.com"; // Address of the gateway
input string InpTimeframe = "M15";                         // Bars: M1, M5, M15, M30, H1, H4, D1
input string InpModel = "";                                // Model by name; empty: the champion
input int InpBars = 400;                                   // Bars that are sent along
input double InpRiskPercent = 0.5;                         // Risk of a trade, percent of the balance
input double InpStopAtr = 2.0;                             // Stop, ATRs of 14 bars
input double InpTargetAtr = 3.0;                           // Target, ATRs; 0: none
input double InpProbability = 0.55;                        // Least probability of the side
input int InpMostSpread = 30;                              // Widest spread, points
input double InpDayLossPercent = 3.0;                      // Open nothing after this loss of a day
input MfFallback InpFallback = MF_FALLBACK_NONE;           // While the Brain is silent
input long InpMagic = 810001;                              // Magic number

MfBrain g_brain;

int OnInit()
  {
   MfTradeTerms terms;
   if(InpRiskPercent <= 0 || InpRiskPercent > 10 || InpStopAtr <= 0 || InpBars < 30 || InpBars > 2000)
     {
      Alert("metafleet: risk must be within 0 and 10 percent, the stop above 0, bars within 30 and 2000");
      return INIT_PARAMETERS_INCORRECT;
     }
   terms.symbol = Symbol();
   terms.timeframe = InpTimeframe;
   terms.magic = InpMagic;
   terms.risk_percent = InpRiskPercent;
   terms.stop_atr = InpStopAtr;
   terms.target_atr = InpTargetAtr;
   terms.probability = InpProbability;
   terms.most_spread = InpMostSpread;
   terms.day_loss_percent = InpDayLossPercent;
   terms.fallback = InpFallback;
   if(!g_brain.Begin(InpAddress, InpModel, InpBars, terms))
      Print("metafleet: this terminal is not paired yet; put the connector on a chart");
   EventSetTimer(1);
   return INIT_SUCCEEDED;
  }

void OnDeinit(const int reason)
  {
   EventKillTimer();
  }

void OnTimer()
  {
   g_brain.Step();
  }
