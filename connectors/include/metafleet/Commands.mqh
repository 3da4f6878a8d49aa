//+------------------------------------------------------------------+
//| Commands of the hub: each is done once, whatever is killed when.  |
//+------------------------------------------------------------------+
#ifndef METAFLEET_COMMANDS_MQH
#define METAFLEET_COMMANDS_MQH

#include <metafleet/CommandJournal.mqh>
#include <metafleet/Outbox.mqh>

#define MF_MARK_DIGITS 12
#define MF_COMMENT_MOST 31
#define MF_SETTLE_MS 15000
#define MF_CLOCKS_AGREE_S 2

//--- What the orders of one command bear at the front of their comment.
string MarkOf(const string command_id)
  {
   string digits = command_id;
   StringReplace(digits, "-", "");
   return "mf:" + StringSubstr(digits, 0, MF_MARK_DIGITS);
  }

//--- A time of the protocol as server time: epoch seconds or milliseconds are that already.
datetime ServerTimeOf(const string text, const long utc_offset)
  {
   if(StringFind(text, "-") > 0)
      return (datetime)(SecondsOf(text) + OffsetAt(SecondsOf(text) + utc_offset));
   long number = StringToInteger(text);
   return (datetime)(number >= 1000000000000 ? number / 1000 : number);
  }

class MfCommands
  {
private:
   MfCommandJournal  m_journal;
   bool              m_may_trade;
   ulong             m_began;

   static string     ResultOf(const MfOutcome &outcome)
     {
      MfJsonWriter writer;
      writer.BeginObject("");
      writer.Text("status", outcome.is_done ? "done" : "failed");
      if(outcome.is_done)
         writer.Raw("result", outcome.result == "" ? "{}" : outcome.result);
      else
         writer.Text("error", StringSubstr(outcome.error, 0, 400));
      writer.EndObject();
      return writer.Document();
     }

   static void       Fail(MfOutcome &outcome, const string error)
     {
      ClearOutcome(outcome);
      outcome.error = error;
     }

   void              Trade(MfJsonReader &reader, const int payload, const string type, const string id,
                           const long until, MfOutcome &outcome)
     {
      string comment = StringSubstr(MarkOf(id) + " " + reader.Text(payload, "comment"), 0, MF_COMMENT_MOST);
      StringTrimRightOf(comment);
      if(type == "OPEN")
        {
         string side = reader.Text(payload, "side");
         StringToLower(side);
         if(side != "buy" && side != "sell")
           {
            Fail(outcome, "side: must be buy or sell");
            return;
           }
         OpenPosition(reader.Text(payload, "symbol"), side == "buy", reader.Number(payload, "volume"),
                      reader.Number(payload, "stopLoss"), reader.Number(payload, "takeProfit"),
                      reader.Whole(payload, "deviation"), reader.Whole(payload, "magic"), comment, outcome);
        }
      else if(type == "CLOSE")
         ClosePosition((ulong)reader.Whole(payload, "ticket"), reader.Number(payload, "volume"), comment, outcome);
      else
         CloseAll(reader, payload, until, comment, outcome);
     }

   //--- until: what was opened later, in server time, is none of its; 0 for no such time.
   void              CloseAll(MfJsonReader &reader, const int payload, const long until, const string comment,
                              MfOutcome &outcome)
     {
      ulong tickets[];
      bool is_buy = false;
      datetime opened = (datetime)0;
      int closed = 0;
      int failed = 0;
      string errors = "";
      TicketsOf(reader.Has(payload, "magic"), reader.Whole(payload, "magic"), reader.Text(payload, "symbol"), tickets);
      for(int i = 0; i < ArraySize(tickets); i++)
        {
         if(until != 0 && PositionAt(tickets[i], is_buy, opened) && (long)opened > until)
            continue;
         ClosePosition(tickets[i], 0, comment, outcome);
         if(outcome.is_done)
           {
            closed++;
            continue;
           }
         failed++;
         errors += StringFormat(" %I64u: %s", tickets[i], outcome.error);
        }
      ClearOutcome(outcome);
      outcome.is_done = errors == "";
      outcome.error = StringFormat("%d closed, %d not:", closed, failed) + errors;
      outcome.result = StringFormat("{\"closed\":%d}", closed);
     }

   static void       StringTrimRightOf(string &text)
     {
      int length = StringLen(text);
      while(length > 0 && StringGetCharacter(text, length - 1) == ' ')
         length--;
      text = StringSubstr(text, 0, length);
     }

   //--- True when it is settled; false to wait: an order may be under way that the history does not show yet.
   bool              TradeOnce(MfJsonReader &reader, const int command, const string id, const string type,
                               MfOutcome &outcome)
     {
      int payload = reader.Find(command, "payload");
      // An attempt before this one may have been another program's, or of a journal that is lost.
      bool is_repeat = m_journal.HasBegun(id) || reader.Whole(command, "attempt") > 1;
      if(is_repeat && type != "CLOSE_ALL")
        {
         // Killed between sending and knowing: the terminal needs a while to load what happened meanwhile.
         if(SteadyMs() < m_began + MF_SETTLE_MS)
            return false;
         ulong closes = type == "CLOSE" ? (ulong)reader.Whole(payload, "ticket") : 0;
         int found = FindMarked(MarkOf(id), closes, outcome);
         if(found != 0)
            return found > 0;
        }
      // Done again after a crash, "all" is still what was open then, as far as two clocks agree.
      long begun = m_journal.BegunAt(id);
      long until = begun == 0 ? 0 : begun + MF_CLOCKS_AGREE_S;
      if(!m_journal.Begin(id, (long)ServerTime()))
        {
         Fail(outcome, "The terminal's disk is full: a command that cannot be written down is not executed.");
         return true;
        }
      Trade(reader, payload, type, id, until, outcome);
      return !outcome.is_unknown;
     }

   bool              Serve(MfJsonReader &reader, const int command, const long utc_offset, MfOutbox &outbox,
                           MfOutcome &outcome)
     {
      string id = reader.Text(command, "id");
      string type = reader.Text(command, "type");
      int payload = reader.Find(command, "payload");
      ClearOutcome(outcome);
      if(type == "PING" || type == "SYNC_TRADES")
         outcome.is_done = true;
      else if(type == "FETCH_CANDLES")
         FetchCandles(reader, payload, id, utc_offset, outbox, outcome);
      else if(type != "OPEN" && type != "CLOSE" && type != "CLOSE_ALL" && type != "MODIFY")
         outcome.error = "A connector has no EA of its own: it cannot serve " + type + ".";
      else if(!m_may_trade)
         outcome.error = "This terminal only reports: its input InpMayTrade is false.";
      else if(type == "MODIFY")
         ModifyPosition((ulong)reader.Whole(payload, "ticket"), reader.Find(payload, "stopLoss") >= 0,
                        reader.Number(payload, "stopLoss"), reader.Find(payload, "takeProfit") >= 0,
                        reader.Number(payload, "takeProfit"), outcome);
      else
         return TradeOnce(reader, command, id, type, outcome);
      return true;
     }

   void              FetchCandles(MfJsonReader &reader, const int payload, const string id, const long utc_offset,
                                  MfOutbox &outbox, MfOutcome &outcome)
     {
      MfJsonWriter writer;
      string symbol = reader.Text(payload, "symbol");
      datetime from = ServerTimeOf(reader.Text(payload, "from"), utc_offset);
      datetime until = ServerTimeOf(reader.Text(payload, "to"), utc_offset);
      writer.BeginObject("");
      writer.Text("commandId", id);
      if(reader.Has(payload, "tradeId"))
         writer.Text("tradeId", reader.Text(payload, "tradeId"));
      writer.Text("symbol", symbol);
      int count = WriteCandles(writer, symbol, from, until);
      writer.EndObject();
      if(count < 0)
         outcome.error = "The terminal has no bars of " + symbol + " for that time yet.";
      else if(count > 0 && !outbox.Add("/webhook/terminal/candles", writer.Document()))
         outcome.error = "The outbox is full.";
      else
        {
         outcome.is_done = true;
         outcome.result = StringFormat("{\"candles\":%d}", count);
        }
     }

public:
                     MfCommands(void)
     {
      m_may_trade = false;
      m_began = 0;
     }

   void              Open(const string name, const bool may_trade)
     {
      m_journal.Open(name);
      m_may_trade = may_trade;
      m_began = SteadyMs();
     }

   //--- Do what an answer's `commands` ask for. now_s: the hub's time, seconds UTC.
   //--- Returns the time, in server time, from which on deals are to be sent again; -1: none are.
   long              Take(MfJsonReader &reader, const int commands, const long now_s, const long utc_offset,
                          MfOutbox &outbox)
     {
      long again = -1;
      for(int command = reader.First(commands); command >= 0; command = reader.Next(command))
        {
         MfOutcome outcome;
         string id = reader.Text(command, "id");
         string path = "/webhook/terminal/commands/" + id + "/result";
         string known = m_journal.Answer(id);
         long expires = SecondsOf(reader.Text(command, "expiresAt"));
         if(known != "")
           {
            outbox.Add(path, known);
            continue;
           }
         if(expires > 0 && now_s > expires && !m_journal.HasBegun(id))
            Fail(outcome, "It came after it had expired.");
         else if(!Serve(reader, command, utc_offset, outbox, outcome))
            continue; // its lease runs out at the hub, and it comes again
         else if(reader.Text(command, "type") == "SYNC_TRADES")
            again = (long)ServerTimeOf(reader.Text(reader.Find(command, "payload"), "from"), utc_offset);
         string answer = ResultOf(outcome);
         m_journal.Finish(id, answer);
         outbox.Add(path, answer);
        }
      return again;
     }
  };

#endif
