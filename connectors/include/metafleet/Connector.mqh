//+------------------------------------------------------------------+
//| The connector: one step a call of OnTimer, at most a few requests |
//| each, so that the terminal is never held for long.                |
//+------------------------------------------------------------------+
#ifndef METAFLEET_CONNECTOR_MQH
#define METAFLEET_CONNECTOR_MQH

#include <metafleet/Backoff.mqh>
#include <metafleet/Commands.mqh>
#include <metafleet/Http.mqh>
#include <metafleet/Identity.mqh>
#include <metafleet/Seasons.mqh>

#define MF_PROTOCOL 2
#define MF_VERSION "1.0.0"
#define MF_PATH "/webhook/terminal"
#define MF_POSITIONS_MS 5000
#define MF_POSITIONS_IDLE_MS 60000
#define MF_COMMANDS_MS 2000

class MfConnector
  {
private:
   MfHttp            m_http;
   MfBackoff         m_backoff;
   MfOutbox          m_outbox;
   MfCommands        m_commands;
   MfSeasons         m_seasons;
   MfIdentityFile    m_identity_file;
   MfIdentity        m_identity;
   string            m_code;
   long              m_login;
   string            m_server;
   ulong             m_known_deal;
   MfCursor          m_sent;
   bool              m_is_in_step;
   bool              m_has_traded;
   long              m_told_offset;
   ulong             m_asked_at;
   ulong             m_old_since;
   long              m_kept_offset;
   int               m_lock;
   bool              m_may_trade;
   bool              m_is_kept;
   bool              m_has_files;
   ulong             m_heartbeat_at;
   ulong             m_positions_at;
   ulong             m_commands_at;
   ulong             m_shown_pool;
   bool              m_has_shown;
   string            m_trouble;

   void              Note(const string trouble)
     {
      if(trouble != m_trouble && trouble != "")
         Print("metafleet: ", trouble);
      m_trouble = trouble;
     }

   void              KeepIdentity(void)
     {
      m_identity.deal_ticket = m_sent.ticket;
      m_identity.deal_time = m_sent.time;
      m_is_kept = m_identity_file.Keep(m_identity);
      m_http.UseToken(m_identity.token);
     }

   //--- What an answer means for the time being; true for a good one.
   bool              Heed(const MfAnswer answer)
     {
      switch(answer)
        {
         case MF_ANSWER_GOOD:
            m_backoff.Succeeded();
            Note("");
            return true;
         case MF_ANSWER_BLOCKED:
            Note("allow the address " + m_http.Address()
                 + " under Tools, Options, Expert Advisors, Allow WebRequest for listed URL");
            m_backoff.WaitSeconds(10);
            return false;
         case MF_ANSWER_STRANGER:
            Note("the hub does not know this terminal any more: pair it again (" + m_http.Said() + ")");
            m_backoff.WaitSeconds(60);
            return false;
         default:
            Note(m_http.Said());
            if(m_http.WantsSeconds() > 0)
               m_backoff.WaitSeconds(m_http.WantsSeconds());
            else
               m_backoff.Failed();
            return false;
        }
     }

   bool              Enrol(void)
     {
      string came;
      MfJsonWriter writer;
      if(m_code == "" || m_code == m_identity.used_code)
        {
         Note("give a pairing code in the inputs: it is on the account's page, under Terminals");
         m_backoff.WaitSeconds(30);
         return false;
        }
      writer.BeginObject("");
      writer.Text("pairingCode", m_code);
      writer.Text("platform", PlatformName());
      writer.Whole("login", m_login);
      writer.Text("server", m_server);
      writer.Whole("build", TerminalInfoInteger(TERMINAL_BUILD));
      writer.EndObject();
      MfAnswer answer = m_http.Ask(MF_PATH + "/enrol", writer.Document(), came);
      MfJsonReader reader;
      if(answer == MF_ANSWER_GOOD && reader.Parse(came) && reader.Text(reader.Root(), "token") != "")
        {
         m_identity.terminal_id = reader.Text(reader.Root(), "terminalId");
         m_identity.token = reader.Text(reader.Root(), "token");
         m_identity.used_code = m_code;
         KeepIdentity();
         Print("metafleet: this terminal is paired");
         return Heed(answer);
        }
      if(answer == MF_ANSWER_REFUSED || answer == MF_ANSWER_STRANGER)
        {
         // The same code will be refused again; a new one is another input. Who is paired goes on reporting.
         Note("the pairing code was refused: " + m_http.Said());
         if(m_identity.token != "")
           {
            m_identity.used_code = m_code;
            return false;
           }
         m_backoff.WaitSeconds(60);
         return false;
        }
      Heed(answer == MF_ANSWER_GOOD ? MF_ANSWER_LATER : answer);
      return false;
     }

   void              Begin(MfJsonWriter &writer)
     {
      writer.BeginObject("");
      writer.Text("terminalId", m_identity.terminal_id);
     }

   void              TakeCommands(MfJsonReader &reader)
     {
      int commands = reader.Find(reader.Root(), "commands");
      if(commands < 0)
         return;
      long offset = 0;
      UtcOffset(offset);
      long again = m_commands.Take(reader, commands, UtcNow(), offset, m_outbox);
      if(again < 0)
         return;
      m_sent.ticket = 0;
      m_sent.time = (datetime)again;
      m_has_traded = true;
     }

   bool              Heartbeat(void)
     {
      string came;
      long offset = 0;
      MfJsonWriter writer;
      MfJsonReader reader;
      Begin(writer);
      writer.Whole("protocol", MF_PROTOCOL);
      writer.Text("platform", PlatformName());
      writer.Whole("build", TerminalInfoInteger(TERMINAL_BUILD));
      writer.Text("version", MF_VERSION);
      bool has_offset = UtcOffset(offset);
      if(has_offset)
         writer.Whole("utcOffset", offset);
      WriteAccount(writer);
      writer.Whole("openPositions", OpenPositions());
      writer.Ticket("lastDealTicket", m_sent.ticket);
      writer.EndObject();
      MfAnswer answer = m_http.Ask(MF_PATH + "/heartbeat", writer.Document(), came);
      if(!Heed(answer == MF_ANSWER_GOOD && !reader.Parse(came) ? MF_ANSWER_LATER : answer))
         return false;
      int root = reader.Root();
      long next = reader.Whole(root, "nextHeartbeat");
      m_heartbeat_at = SteadyMs() + (ulong)((next < 1 ? 5 : next > 300 ? 300 : next) * 1000);
      long hub_s = SecondsOf(reader.Text(root, "serverTime"));
      if(hub_s > 0)
         HearHubTime(hub_s);
      if(has_offset)
         m_told_offset = offset;
      LookAtServerTime();
      if(g_is_offset_sure && g_utc_offset != m_kept_offset)
        {
         KeepIdentity();
         m_kept_offset = g_utc_offset;
        }
      ulong known = (ulong)reader.Whole(root, "knownDealTicket");
      // The first word of the hub, or a journal that has lost its newest deals: go on from there.
      if(!m_is_in_step || known < m_known_deal)
        {
         MfCursor kept;
         kept.ticket = m_identity.deal_ticket;
         kept.time = m_identity.deal_time;
         BeginAfter(known, kept, m_sent);
         m_has_traded = true;
         m_is_in_step = true;
        }
      m_known_deal = known;
      if(reader.Text(root, "token") != "")
        {
         m_identity.token = reader.Text(root, "token");
         KeepIdentity();
        }
      if(HasDealsAfter(m_sent))
         m_has_traded = true;
      TakeCommands(reader);
      return true;
     }

   bool              SendDeals(void)
     {
      string came;
      MfCursor next;
      MfJsonWriter writer;
      MfJsonReader reader;
      Begin(writer);
      int count = WriteDeals(writer, m_sent, next);
      writer.EndObject();
      if(count <= 0)
        {
         m_has_traded = false;
         return count == 0;
        }
      MfAnswer answer = m_http.Ask(MF_PATH + "/trades", writer.Document(), came);
      if(answer == MF_ANSWER_REFUSED)
         m_sent = next; // the hub keeps what it could not read; the next ones must not wait for it
      if(!Heed(answer == MF_ANSWER_GOOD && !reader.Parse(came) ? MF_ANSWER_LATER : answer))
         return false;
      m_sent = next;
      if(HasOwnCursor())
         KeepIdentity();
      ulong known = (ulong)reader.Whole(reader.Root(), "knownDealTicket");
      if(known > m_known_deal)
         m_known_deal = known;
      return true;
     }

   bool              SendPositions(void)
     {
      string came;
      MfJsonWriter writer;
      Begin(writer);
      WritePositions(writer);
      writer.EndObject();
      m_shown_pool = PoolMark();
      m_has_shown = true;
      m_positions_at = SteadyMs()
                       + (ulong)(OpenPositions() > 0 ? MF_POSITIONS_MS : MF_POSITIONS_IDLE_MS);
      return Heed(m_http.Ask(MF_PATH + "/positions", writer.Document(), came));
     }

   bool              FetchCommands(void)
     {
      string came;
      MfJsonReader reader;
      m_commands_at = SteadyMs() + MF_COMMANDS_MS;
      MfAnswer answer = m_http.Ask(MF_PATH + "/commands?wait=0", "", came);
      if(!Heed(answer == MF_ANSWER_GOOD && !reader.Parse(came) ? MF_ANSWER_LATER : answer))
         return false;
      TakeCommands(reader);
      return true;
     }

   //--- A letter's body names its terminal only when it goes: it may be older than the pairing.
   bool              SendLetter(void)
     {
      string came;
      string body = m_outbox.Body();
      string head = "{\"terminalId\":\"" + m_identity.terminal_id + "\"";
      body = head + (StringLen(body) > 2 ? "," : "") + StringSubstr(body, 1);
      MfAnswer answer = m_http.Ask(m_outbox.Path(), body, came);
      if(answer == MF_ANSWER_REFUSED)
        {
         Print("metafleet: the hub refused ", m_outbox.Path(), ": ", m_http.Said());
         m_outbox.Remove();
         return true;
        }
      if(!Heed(answer))
         return false;
      m_outbox.Remove();
      return true;
     }

   //--- The hub reads times by the offset that it was told last. MetaTrader 4 knows none before the first tick, and
   //--- waits a minute for the next one where the one that it knows is old: none comes while the market is closed.
   bool              HasToldOffset(void)
     {
      long offset = 0;
      if(!UtcOffset(offset))
         return false;
      if(offset != m_told_offset)
         m_heartbeat_at = 0;
      ulong now = SteadyMs();
      if(!IsOffsetOld() || now - m_asked_at > MF_FRESH_MS)
         m_old_since = now;
      m_asked_at = now;
      return offset == m_told_offset && (!IsOffsetOld() || now - m_old_since >= MF_FRESH_MS);
     }

   //--- Deals of the past are told once it is known how the server's clock was set then.
   bool              HasPast(void)
     {
      long oldest = (long)OldestTime();
      if(oldest == 0 || (g_known_since > 0 && oldest >= g_known_since))
         return true;
      if(!m_seasons.Learn(oldest))
         return false;
      KeepIdentity();
      return true;
     }

   //--- Another account was chosen in the terminal: it has its own files, and its own pairing.
   bool              IsAnotherAccount(void)
     {
      return AccountInfoInteger(ACCOUNT_LOGIN) != m_login || AccountInfoString(ACCOUNT_SERVER) != m_server;
     }

   //--- One connector for an account and terminal: two would write over each other's files. The lock ends with the
   //--- program, however it ends. On a full disk there may be none to hold.
   bool              OpenFiles(void)
     {
      string files = FilesOf(m_login, m_server);
      m_lock = FileOpen(files + "-lock", FILE_WRITE | FILE_BIN);
      if(m_lock == INVALID_HANDLE && FileIsExist(files + "-lock"))
         return false;
      m_identity_file.Open(files, m_identity);
      m_http.UseToken(m_identity.token);
      m_outbox.Open(files + "-outbox");
      m_commands.Open(files + "-commands", m_may_trade);
      m_seasons.Open();
      return true;
     }

   bool              HasFiles(void)
     {
      if(m_has_files)
         return true;
      if(!m_backoff.IsDue())
         return false;
      m_has_files = OpenFiles();
      if(m_has_files)
         return true;
      Note("another chart of this terminal has a connector for this account already: take one of the two away");
      m_backoff.WaitSeconds(5);
      return false;
     }

public:
                     MfConnector(void)
     {
      m_login = 0;
      m_trouble = "";
      m_lock = INVALID_HANDLE;
     }

   void              Close(void)
     {
      if(m_lock != INVALID_HANDLE)
         FileClose(m_lock);
      m_lock = INVALID_HANDLE;
     }

   void              Open(const string address, const string code, const bool may_trade)
     {
      Close();
      m_http.Open(address);
      m_code = code;
      m_login = AccountInfoInteger(ACCOUNT_LOGIN);
      m_server = AccountInfoString(ACCOUNT_SERVER);
      m_known_deal = 0;
      ZeroMemory(m_sent);
      m_is_in_step = false;
      m_has_traded = true;
      m_told_offset = -1;
      m_asked_at = 0;
      m_old_since = SteadyMs();
      m_kept_offset = -1;
      m_may_trade = may_trade;
      m_is_kept = true;
      m_has_files = false;
      m_heartbeat_at = 0;
      m_positions_at = 0;
      m_commands_at = 0;
      m_shown_pool = 0;
      m_has_shown = false;
      MathSrand((int)(SteadyMs() % 30000 + (ulong)(m_login % 1000)));
      FolderCreate("metafleet");
      HasFiles();
     }

   //--- A deal was made: tell the hub with the next call of the timer.
   void              Traded(void)
     {
      m_has_traded = true;
      m_positions_at = 0;
     }

   //--- False where another account was chosen: then it must be opened anew.
   bool              Step(void)
     {
      if(m_login == 0 || AccountInfoInteger(ACCOUNT_LOGIN) == 0)
         return AccountInfoInteger(ACCOUNT_LOGIN) == 0;
      if(IsAnotherAccount())
         return false;
      if(!HasFiles())
         return true;
      m_outbox.Mend();
      if(!m_is_kept)
         KeepIdentity();
      HasToldOffset();
      if(!m_backoff.IsDue())
         return true;
      bool has_new_code = m_code != "" && m_code != m_identity.used_code;
      if(m_identity.token == "" || has_new_code)
        {
         if(!Enrol() && m_identity.token == "")
            return true;
        }
      ulong now = SteadyMs();
      if(now >= m_heartbeat_at && !Heartbeat())
         return true;
      if(m_outbox.Count() > 0 && !SendLetter())
         return true;
      bool is_another_pool = !m_has_shown || PoolMark() != m_shown_pool;
      if(is_another_pool)
         m_has_traded = true;
      if(m_is_in_step && m_has_traded && HasToldOffset() && HasPast() && !SendDeals())
         return true;
      if((now >= m_positions_at || is_another_pool) && !SendPositions())
         return true;
      if(now >= m_commands_at)
         FetchCommands();
      return true;
     }
  };

#endif
