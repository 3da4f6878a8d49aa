//+------------------------------------------------------------------+
//| Clocks that both platforms have: one that never goes back, UTC as |
//| the hub has it, and how far the server's is from that, now and    |
//| before it was last set.                                           |
//+------------------------------------------------------------------+
#ifndef METAFLEET_CLOCK_MQH
#define METAFLEET_CLOCK_MQH

#include <metafleet/Json.mqh>

#define MF_A_DAY_S 86400
#define MF_FURTHEST_OFFSET_S 54000
#define MF_OFFSET_SLACK_S 600
#define MF_FRESH_MS 60000
#define MF_OLD_MS 3600000
#define MF_CHANGES_MOST 64

#ifdef __MQL4__
//--- GetTickCount begins again after 49 days.
ulong g_rounds = 0;
uint g_last_count = 0;

ulong SteadyMs(void)
  {
   uint count = GetTickCount();
   if(count < g_last_count)
      g_rounds++;
   g_last_count = count;
   return g_rounds * 4294967296 + (ulong)count;
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

//--- UTC less the steady clock, once the hub has said what UTC is: the machine's clock may be wrong, or be set.
long g_utc_ahead_ms = 0;
bool g_has_hub_time = false;

void HearHubTime(const long utc_s)
  {
   g_utc_ahead_ms = utc_s * 1000 - (long)SteadyMs();
   g_has_hub_time = true;
  }

long UtcNow(void)
  {
   return g_has_hub_time ? ((long)SteadyMs() + g_utc_ahead_ms) / 1000 : (long)TimeGMT();
  }

//--- Whole quarters of an hour: the two clocks are read one after the other.
long RoundedOffset(const long seconds)
  {
   return (seconds + (seconds >= 0 ? 450 : -450)) / 900 * 900;
  }

//--- Until the server's clock showed `until` it was `offset` seconds east of UTC.
struct MfOffsetChange
  {
   long              until;
   long              offset;
  };

MfOffsetChange g_changes[];
long g_utc_offset = 0;
bool g_is_offset_known = false;
bool g_is_offset_sure = false; // it was seen beside the hub's UTC, and not the machine's
long g_known_since = 0; // g_changes have been looked for back to this server time; 0: they were not
ulong g_agreed_at = 0; // when the server's clock was last seen to be so; 0: not in this life

//--- Sunday, 00:00: clocks are set in the night to it or on it. The first of January 1970 was a Thursday.
long LastSunday(const long time)
  {
   return time - (time + 4 * MF_A_DAY_S) % (7 * MF_A_DAY_S);
  }

void NoteChange(const long until)
  {
   int count = ArraySize(g_changes);
   if(count >= MF_CHANGES_MOST)
     {
      for(int i = 1; i < count; i++)
         g_changes[i - 1] = g_changes[i];
      count--;
     }
   ArrayResize(g_changes, count + 1);
   g_changes[count].until = until;
   g_changes[count].offset = g_utc_offset;
  }

//--- What was before all that is known, the newest first.
void PrependChanges(const MfOffsetChange &older[])
  {
   int more = ArraySize(older);
   int count = ArraySize(g_changes);
   ArrayResize(g_changes, count + more);
   for(int i = count - 1; i >= 0; i--)
      g_changes[i + more] = g_changes[i];
   for(int i = 0; i < more; i++)
      g_changes[more - 1 - i] = older[i];
  }

//--- What the server's clock showed. Small differences are the machine's, large ones no time zone's.
void SeeServerTime(const long now)
  {
   long apart = now - UtcNow();
   if(apart > MF_FURTHEST_OFFSET_S || apart < -MF_FURTHEST_OFFSET_S)
      return;
   // What a life before this one knew is better than what the machine's clock says.
   if(g_is_offset_sure && !g_has_hub_time)
      return;
   bool is_near = apart - g_utc_offset <= MF_OFFSET_SLACK_S && g_utc_offset - apart <= MF_OFFSET_SLACK_S;
   if(!g_is_offset_known || !is_near)
     {
      // Where nobody watched, it was set in a night to Sunday.
      bool is_watched = g_agreed_at != 0 && SteadyMs() - g_agreed_at <= MF_FRESH_MS;
      if(g_is_offset_sure)
         NoteChange(is_watched ? now : LastSunday(now));
      g_utc_offset = RoundedOffset(apart);
      g_is_offset_known = true;
     }
   g_is_offset_sure = g_has_hub_time;
   if(g_has_hub_time)
      g_agreed_at = SteadyMs();
  }

#ifdef __MQL4__
//--- The server's time is that of its last tick: it says how far it is from UTC only where one has just come.
datetime g_last_tick = (datetime)0;
ulong g_looked_at = 0;

void LookAtServerTime(void)
  {
   datetime now = TimeCurrent();
   ulong looked = SteadyMs();
   bool is_fresh = g_last_tick != (datetime)0 && looked - g_looked_at <= MF_FRESH_MS;
   if(now != g_last_tick && is_fresh)
      SeeServerTime((long)now);
   g_last_tick = now;
   g_looked_at = looked;
  }

//--- Whether the server's clock may have been set since a tick last told of it.
bool IsOffsetOld(void)
  {
   return g_agreed_at == 0 || SteadyMs() - g_agreed_at > MF_OLD_MS;
  }

datetime ServerTime(void)
  {
   return g_is_offset_known ? (datetime)(UtcNow() + g_utc_offset) : TimeCurrent();
  }
#else
void LookAtServerTime(void)
  {
   SeeServerTime((long)TimeTradeServer());
  }

bool IsOffsetOld(void)
  {
   return false;
  }

datetime ServerTime(void)
  {
   return TimeTradeServer();
  }
#endif

//--- Seconds that the server's clock is east of UTC; false while that is not known.
bool UtcOffset(long &offset)
  {
   LookAtServerTime();
   offset = g_utc_offset;
   return g_is_offset_known;
  }

//--- The offset that a server time was written with.
long OffsetAt(const long time)
  {
   for(int i = 0; i < ArraySize(g_changes); i++)
      if(time < g_changes[i].until)
         return g_changes[i].offset;
   return g_utc_offset;
  }

string IsoOf(const long time, const int milliseconds, const long offset)
  {
   string text = TimeToString((datetime)time, TIME_DATE | TIME_SECONDS);
   long minutes = (offset < 0 ? -offset : offset) / 60;
   StringReplace(text, ".", "-");
   StringReplace(text, " ", "T");
   return text + StringFormat(".%03d", milliseconds)
          + StringFormat("%s%02d:%02d", offset < 0 ? "-" : "+", (int)(minutes / 60), (int)(minutes % 60));
  }

//--- A server time is what it is, as long as the hub reads it by the offset that it was written with.
void WriteTime(MfJsonWriter &writer, const string name, const datetime time)
  {
   long offset = OffsetAt((long)time);
   if(offset == g_utc_offset || (long)time <= 0)
      writer.Whole(name, (long)time);
   else
      writer.Text(name, IsoOf((long)time, 0, offset));
  }

//--- What the clock knows, as a member of the document that the connector keeps.
void WriteClock(MfJsonWriter &writer)
  {
   if(g_is_offset_sure)
      writer.Whole("utcOffset", g_utc_offset);
   writer.Whole("knownSince", g_known_since);
   writer.BeginArray("offsets");
   for(int i = 0; i < ArraySize(g_changes); i++)
     {
      writer.BeginObject("");
      writer.Whole("until", g_changes[i].until);
      writer.Whole("offset", g_changes[i].offset);
      writer.EndObject();
     }
   writer.EndArray();
  }

void ReadClock(MfJsonReader &reader, const int root)
  {
   ArrayResize(g_changes, 0);
   g_is_offset_known = reader.Has(root, "utcOffset");
   g_is_offset_sure = g_is_offset_known;
   g_known_since = reader.Whole(root, "knownSince");
   g_utc_offset = reader.Whole(root, "utcOffset");
   for(int node = reader.First(reader.Find(root, "offsets")); node >= 0; node = reader.Next(node))
     {
      int count = ArraySize(g_changes);
      ArrayResize(g_changes, count + 1);
      g_changes[count].until = reader.Whole(node, "until");
      g_changes[count].offset = reader.Whole(node, "offset");
     }
  }

#endif
