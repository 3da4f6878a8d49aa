//+------------------------------------------------------------------+
//| When to try again: twice as long after each failure, with chance  |
//| in it, so that a thousand terminals do not come back at once.     |
//+------------------------------------------------------------------+
#ifndef METAFLEET_BACKOFF_MQH
#define METAFLEET_BACKOFF_MQH

#include <metafleet/Clock.mqh>

#define MF_BACKOFF_FIRST_MS 1000
#define MF_BACKOFF_MOST_MS 60000

class MfBackoff
  {
private:
   int               m_failures;
   ulong             m_until;

public:
                     MfBackoff(void)
     {
      m_failures = 0;
      m_until = 0;
     }

   bool              IsDue(void)
     {
      return SteadyMs() >= m_until;
     }

   void              Succeeded(void)
     {
      m_failures = 0;
      m_until = 0;
     }

   void              Failed(void)
     {
      long most = MF_BACKOFF_FIRST_MS;
      for(int i = 0; i < m_failures && most < MF_BACKOFF_MOST_MS; i++)
         most *= 2;
      if(most > MF_BACKOFF_MOST_MS)
         most = MF_BACKOFF_MOST_MS;
      m_failures++;
      m_until = SteadyMs() + (ulong)(most / 2 + most * MathRand() / 65536);
     }

   //--- As long as the hub has said.
   void              WaitSeconds(const long seconds)
     {
      long wait = seconds < 1 ? 1 : seconds > 600 ? 600 : seconds;
      m_until = SteadyMs() + (ulong)(wait * 1000 + MathRand() % 500);
     }

   int               Failures(void)
     {
      return m_failures;
     }
  };

#endif
