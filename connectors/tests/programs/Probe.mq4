#property copyright "The metafleet authors"
#property version   "1.00"
#property description "Calls what the shared headers have, for their tests."
#property strict
#include "Probe.mqh"

input string InpScript = ""; // What to call

int OnInit()
  {
   return INIT_SUCCEEDED;
  }

void OnTimer()
  {
   RunScript(InpScript);
  }
