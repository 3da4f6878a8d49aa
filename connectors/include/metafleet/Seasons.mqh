//+------------------------------------------------------------------+
//| How far the server's clock was from UTC before anybody watched    |
//| it. MetaTrader does not tell; the market does: forex opens on     |
//| Sunday at 17:00 in New York the year round, so that the hour of a |
//| week's first bar, by the server's clock, says it.                 |
//+------------------------------------------------------------------+
#ifndef METAFLEET_SEASONS_MQH
#define METAFLEET_SEASONS_MQH

#include <metafleet/Clock.mqh>

#define MF_A_WEEK_S 604800
#define MF_AN_HOUR_S 3600
#define MF_SEASONS_WAIT_MS 60000
#define MF_SEASONS_A_CALL 120
#define MF_SEASONS_WEEKS 40
#define MF_FIRST_RULED 1173571200 // 11 March 2007: New York's rule of today

//--- When forex opens in the week of a Sunday, 00:00: seconds UTC. Summer is from March's second to November's first.
long WeekOpensAt(const long sunday)
  {
   string date = TimeToString((datetime)sunday, TIME_DATE);
   long month = StringToInteger(StringSubstr(date, 5, 2));
   long day = StringToInteger(StringSubstr(date, 8, 2));
   bool is_summer = (month > 3 && month < 11) || (month == 3 && day > 7);
   return sunday + (is_summer ? 21 : 22) * MF_AN_HOUR_S;
  }

//--- A symbol that opens with forex, whatever a broker adds to its name; "" where there is none.
string SymbolOfForex(void)
  {
   string known[];
   int count = StringSplit("EURUSD,GBPUSD,USDJPY", ',', known);
   for(int i = 0; i < count; i++)
      for(int k = 0; k < SymbolsTotal(false); k++)
         if(StringFind(SymbolName(k, false), known[i]) >= 0)
            return SymbolName(k, false);
   return "";
  }

class MfSeasons
  {
private:
   string            m_symbol;
   bool              m_has_begun;
   ulong             m_began;
   long              m_known;    // the Sunday, 00:00 server time, from which on it was known
   long              m_week;     // the one whose week is looked at next, older and older
   long              m_now;      // the offset that is known
   long              m_offset;   // of the week after that one
   long              m_doubt;    // of one week alone, which may have been a holiday
   bool              m_has_doubt;
   long              m_doubt_until;
   bool              m_is_sure;  // a week opened as the offset that is known would have it
   MfOffsetChange    m_found[];  // the newest first

   long              KnownFrom(void)
     {
      if(g_known_since > 0)
         return g_known_since;
      return LastSunday(ArraySize(g_changes) > 0 ? g_changes[0].until - 1 : (long)ServerTime());
     }

   void              Begin(void)
     {
      m_has_begun = true;
      m_symbol = SymbolOfForex();
      m_began = SteadyMs();
      m_known = KnownFrom();
      m_week = m_known - MF_A_WEEK_S;
      m_now = OffsetAt(m_week);
      m_offset = m_now;
      m_has_doubt = false;
      m_is_sure = false;
      ArrayResize(m_found, 0);
     }

   //--- Two weeks must say so, before it is believed.
   void              Note(const long offset)
     {
      if(offset == m_now)
         m_is_sure = true;
      if(offset == m_offset)
        {
         m_has_doubt = false;
         return;
        }
      if(!m_has_doubt || m_doubt != offset)
        {
         m_has_doubt = true;
         m_doubt = offset;
         m_doubt_until = m_week + MF_A_WEEK_S;
         return;
        }
      int count = ArraySize(m_found);
      ArrayResize(m_found, count + 1, 16);
      m_found[count].until = m_doubt_until;
      m_found[count].offset = offset;
      m_offset = offset;
      m_has_doubt = false;
     }

   //--- What the week's first bar says, where it says what could be; false while its bars may be loading.
   bool              Look(void)
     {
      MqlRates rates[];
      // From Saturday noon, when every market has closed, to Monday noon, when each has opened.
      int count = CopyRates(m_symbol, PERIOD_H1, (datetime)(m_week - MF_A_DAY_S / 2),
                            (datetime)(m_week + MF_A_DAY_S * 3 / 2), rates);
      if(count < 1)
         return SteadyMs() - m_began >= MF_SEASONS_WAIT_MS;
      long offset = (long)rates[0].time - WeekOpensAt(m_week);
      long apart = offset - m_now;
      if(apart == 0 || apart == MF_AN_HOUR_S || apart == -MF_AN_HOUR_S)
         Note(offset);
      return true;
     }

   bool              IsOver(const long oldest)
     {
      if(m_symbol == "" || m_week < MF_FIRST_RULED)
         return true;
      return m_week < LastSunday(oldest) - MF_A_WEEK_S
             && (m_is_sure || m_week < m_known - MF_SEASONS_WEEKS * MF_A_WEEK_S);
     }

   void              End(const long oldest)
     {
      m_has_begun = false;
      g_known_since = LastSunday(oldest);
      if(m_is_sure)
         PrependChanges(m_found);
      else
         Print("metafleet: no bars tell how the server's clock was set before; older deals may be an hour off");
     }

public:
                     MfSeasons(void)
     {
      m_has_begun = false;
     }

   void              Open(void)
     {
      m_has_begun = false;
     }

   //--- Look further back, up to the oldest time that is told; true once nothing is left to learn. Bars that the
   //--- terminal has not loaded are waited for, a minute in all.
   bool              Learn(const long oldest)
     {
      if(LastSunday(oldest) >= KnownFrom())
        {
         g_known_since = LastSunday(oldest);
         return true;
        }
      if(!m_has_begun)
         Begin();
      for(int i = 0; i < MF_SEASONS_A_CALL; i++)
        {
         if(IsOver(oldest))
           {
            End(oldest);
            return true;
           }
         if(!Look())
            return false;
         m_week -= MF_A_WEEK_S;
        }
      return false;
     }
  };

#endif
