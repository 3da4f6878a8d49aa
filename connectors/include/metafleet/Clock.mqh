//+------------------------------------------------------------------+
//| Clocks that both platforms have: one that never goes back, and    |
//| how far the server's is from UTC.                                 |
//+------------------------------------------------------------------+
#ifndef METAFLEET_CLOCK_MQH
#define METAFLEET_CLOCK_MQH

#ifdef __MQL4__
//--- GetTickCount begins again after 49 days.
ulong g_turns = 0;
uint g_last_count = 0;

ulong SteadyMs(void)
  {
   uint count = GetTickCount();
   if(count < g_last_count)
      g_turns++;
   g_last_count = count;
   return g_turns * 4294967296 + (ulong)count;
  }
#else
ulong SteadyMs(void)
  {
   return GetTickCount64();
  }
#endif

//--- Seconds UTC of "2026-03-01T10:20:30.000Z", 0 for what is none.
long SecondsOf(const string text)
  {
   if(StringLen(text) < 19)
      return 0;
   string plain = StringSubstr(text, 0, 10) + " " + StringSubstr(text, 11, 8);
   StringReplace(plain, "-", ".");
   return (long)StringToTime(plain);
  }

//--- Whole quarters of an hour: the two clocks are read one after the other.
long RoundedOffset(const long seconds)
  {
   return (seconds + (seconds >= 0 ? 450 : -450)) / 900 * 900;
  }

#ifdef __MQL4__
//--- The server's time is that of its last tick: it says how far it is from UTC only while ticks come.
datetime g_last_tick = (datetime)0;
long g_utc_offset = 0;
bool g_is_offset_known = false;

bool UtcOffset(long &offset)
  {
   datetime now = TimeCurrent();
   if(now != g_last_tick && g_last_tick != (datetime)0)
     {
      g_utc_offset = RoundedOffset((long)now - (long)TimeGMT());
      g_is_offset_known = true;
     }
   g_last_tick = now;
   offset = g_utc_offset;
   return g_is_offset_known;
  }

datetime ServerTime(void)
  {
   long offset = 0;
   return UtcOffset(offset) ? (datetime)((long)TimeGMT() + offset) : TimeCurrent();
  }
#else
bool UtcOffset(long &offset)
  {
   offset = RoundedOffset((long)TimeTradeServer() - (long)TimeGMT());
   return true;
  }

datetime ServerTime(void)
  {
   return TimeTradeServer();
  }
#endif

#endif
