//+------------------------------------------------------------------+
//| The probe's calls of what speaks to the terminal: Terminal4 or    |
//| Terminal5, Seasons, Commands.                                     |
//+------------------------------------------------------------------+
#ifndef METAFLEET_PROBE_TERMINAL_MQH
#define METAFLEET_PROBE_TERMINAL_MQH

#include <metafleet/Commands.mqh>
#include <metafleet/Seasons.mqh>

MfSeasons g_seasons;
MfCommands g_commands;

void SayOutcome(const MfOutcome &outcome)
  {
   MfJsonWriter writer;
   writer.BeginObject("");
   writer.Truth("done", outcome.is_done);
   writer.Truth("unknown", outcome.is_unknown);
   writer.Text("error", outcome.error);
   writer.Raw("result", outcome.result == "" ? "null" : outcome.result);
   writer.EndObject();
   Print("= " + writer.Document());
  }

bool DoShow(const string call)
  {
   MfJsonWriter writer;
   MfCursor after;
   MfCursor next;
   int count = 0;
   after.ticket = (ulong)Digits(1);
   after.time = (datetime)Digits(2);
   writer.BeginObject("");
   if(call == "account")
      WriteAccount(writer);
   else if(call == "positions")
     {
      count = OpenPositions();
      WritePositions(writer);
     }
   else if(call == "deals")
     {
      count = WriteDeals(writer, after, next);
      writer.Ticket("ticket", next.ticket);
      writer.Whole("time", (long)next.time);
     }
   else if(call == "candles")
      count = WriteCandles(writer, Word(1), (datetime)Digits(2), (datetime)Digits(3));
   else
      return false;
   writer.Whole("count", count);
   writer.EndObject();
   Print("= " + writer.Document());
   return true;
  }

bool DoLook(const string call)
  {
   MfCursor cursor;
   MqlRates rates[];
   bool is_buy = false;
   datetime opened = (datetime)0;
   cursor.ticket = (ulong)Digits(1);
   cursor.time = (datetime)Digits(2);
   if(call == "has deals")
      SayTruth(HasDealsAfter(cursor));
   else if(call == "begin after")
     {
      MfCursor kept;
      kept.ticket = 7;
      kept.time = (datetime)Digits(2);
      cursor.ticket = 99;
      BeginAfter((ulong)Digits(1), kept, cursor);
      Say(StringFormat("%I64u %I64d", cursor.ticket, (long)cursor.time));
     }
   else if(call == "own cursor")
      SayTruth(HasOwnCursor());
   else if(call == "oldest")
      SayWhole((long)OldestTime());
   else if(call == "bars")
     {
      int count = ClosedBars(Word(1), Word(2), (int)Digits(3), rates);
      SayWhole(count < 1 ? count : (long)rates[0].time);
     }
   else if(call == "position at")
     {
      bool is_there = PositionAt((ulong)Digits(1), is_buy, opened);
      Say(is_there ? (is_buy ? "buy " : "sell ") + IntegerToString((long)opened) : "none");
     }
   else if(call == "tickets")
     {
      ulong tickets[];
      string all = "";
      ArrayResize(tickets, 3);
      TicketsOf(Word(1) != "", Digits(1), Word(2), tickets);
      for(int i = 0; i < ArraySize(tickets); i++)
         all += StringFormat(" %I64u", tickets[i]);
      Say(all);
     }
   else
      return false;
   return true;
  }

bool DoOrder(const string call)
  {
   MfOutcome outcome;
   // What an order before this one left behind.
   outcome.is_done = true;
   outcome.is_unknown = true;
   outcome.error = "old";
   outcome.result = "\"old\"";
   if(call == "open")
      OpenPosition(Word(1), Word(2) == "buy", StringToDouble(Word(3)), StringToDouble(Word(4)),
                   StringToDouble(Word(5)), Digits(6), Digits(7), Word(8), outcome);
   else if(call == "modify")
      ModifyPosition((ulong)Digits(1), Word(2) != "", StringToDouble(Word(2)), Word(3) != "",
                     StringToDouble(Word(3)), outcome);
   else if(call == "close")
      ClosePosition((ulong)Digits(1), StringToDouble(Word(2)), Word(3), outcome);
   else if(call == "marked")
      SayWhole(FindMarked(Word(1), (ulong)Digits(2), outcome));
   else
      return false;
   SayOutcome(outcome);
   return true;
  }

bool DoSeasons(const string call)
  {
   MfJsonWriter writer;
   if(call == "week opens")
      SayWhole(WeekOpensAt(Digits(1)));
   else if(call == "forex")
      Say(SymbolOfForex());
   else if(call == "learn")
      SayTruth(g_seasons.Learn(Digits(1)));
   else if(call == "clock")
     {
      writer.BeginObject("");
      WriteClock(writer);
      writer.EndObject();
      Print("= " + writer.Document());
     }
   else
      return false;
   return true;
  }

bool DoCommands(const string call)
  {
   MfJsonReader reader;
   if(call == "commands")
      g_commands.Open(Word(1), Word(2) == "trade");
   else if(call == "mark")
      Say(MarkOf(Word(1)));
   else if(call == "server time of")
      SayWhole((long)ServerTimeOf(Word(1), Digits(2)));
   else if(call == "take")
     {
      long again = reader.Parse(Word(1)) ? g_commands.Take(reader, reader.Root(), UtcNow(), Digits(2), g_outbox) : -2;
      SayWhole(again);
     }
   else if(call == "told")
     {
      Say(g_outbox.Count() > 0 ? g_outbox.Path() : "");
      Print("= " + (g_outbox.Count() > 0 ? g_outbox.Body() : "null"));
      if(g_outbox.Count() > 0)
         g_outbox.Remove();
     }
   else
      return false;
   return true;
  }

bool DoTerminal(const string call)
  {
   return DoShow(call) || DoLook(call) || DoOrder(call) || DoSeasons(call) || DoCommands(call);
  }

#endif
