#property copyright "The metafleet authors"
#property version   "1.00"
#property description "Calls what the shared headers have, for their tests."
#property strict
#include <metafleet/Terminal4.mqh>
#include "Probe.mqh"
#include "ProbeTerminal.mqh"
#include "ProbeTrading.mqh"

input string InpScript = ""; // What to call

int OnInit()
  {
   return INIT_SUCCEEDED;
  }

void OnTimer()
  {
   while(HasCall(InpScript))
      if(!DoStore() && !DoTerminal(Word(0)) && !DoTrading(Word(0)) && !DoPrograms(Word(0)))
         Alert("no such call: " + Word(0));
  }
