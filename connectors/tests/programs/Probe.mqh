//+------------------------------------------------------------------+
//| Calls the functions of the shared headers as a script says: one   |
//| call a line, its words apart by tabs; prints what each returns.   |
//+------------------------------------------------------------------+
#ifndef METAFLEET_PROBE_MQH
#define METAFLEET_PROBE_MQH

#include <metafleet/Backoff.mqh>
#include <metafleet/CommandJournal.mqh>
#include <metafleet/Http.mqh>
#include <metafleet/Identity.mqh>
#include <metafleet/Outbox.mqh>

string g_lines[];
string g_words[];
int g_line = 0;
MfSlots g_slots;
MfOutbox g_outbox;
MfCommandJournal g_journal;
MfBackoff g_backoff;
MfHttp g_http;
MfIdentityFile g_identity_file;
MfIdentity g_identity;

string Word(const int i)
  {
   return i < ArraySize(g_words) ? g_words[i] : "";
  }

long Digits(const int i)
  {
   return StringToInteger(Word(i));
  }

void Say(const string text)
  {
   Print("= \"" + JsonEscaped(text) + "\"");
  }

void SayWhole(const long value)
  {
   Print("= " + IntegerToString(value));
  }

void SayTruth(const bool value)
  {
   Print(value ? "= true" : "= false");
  }

bool DoSlots(const string call)
  {
   if(call == "slots")
      Say(g_slots.Open(Word(1)));
   else if(call == "keep")
      SayTruth(g_slots.Keep(Word(1)));
   else
      return false;
   return true;
  }

bool DoOutbox(const string call)
  {
   if(call == "outbox")
     {
      g_outbox.Open(Word(1));
      SayWhole(g_outbox.Count());
     }
   else if(call == "add")
      SayTruth(g_outbox.Add(Word(1), Word(2)));
   else if(call == "first")
      Say(g_outbox.Count() > 0 ? g_outbox.Path() + " " + g_outbox.Body() : "");
   else if(call == "count")
      SayWhole(g_outbox.Count());
   else if(call == "remove")
      g_outbox.Remove();
   else if(call == "mend")
      g_outbox.Mend();
   else
      return false;
   return true;
  }

bool DoJournal(const string call)
  {
   if(call == "journal")
      g_journal.Open(Word(1));
   else if(call == "begin")
      SayTruth(g_journal.Begin(Word(1), Digits(2)));
   else if(call == "since")
      SayWhole(g_journal.BegunAt(Word(1)));
   else if(call == "finish")
      g_journal.Finish(Word(1), Word(2));
   else if(call == "begun")
      SayTruth(g_journal.HasBegun(Word(1)));
   else if(call == "answer")
      Say(g_journal.Answer(Word(1)));
   else
      return false;
   return true;
  }

bool DoBytes(const string call)
  {
   uchar bytes[];
   BytesOf(Word(1), bytes);
   if(call == "checksum")
      Say(Checksum(bytes));
   else if(call == "bytes")
      SayWhole(ArraySize(bytes));
   else if(call == "text")
      Say(TextOf(bytes));
   else
      return false;
   return true;
  }

bool DoClock(const string call)
  {
   if(call == "steady")
      Say(StringFormat("%I64u", SteadyMs()));
   else if(call == "seconds")
      SayWhole(SecondsOf(Word(1)));
   else if(call == "rounded")
      SayWhole(RoundedOffset(Digits(1)));
   else if(call == "offset")
     {
      long offset = 0;
      bool is_known = UtcOffset(offset);
      Say(is_known ? IntegerToString(offset) : "unknown");
     }
   else if(call == "server")
      SayWhole((long)ServerTime());
   else if(call == "hub")
      HearHubTime(Digits(1));
   else if(call == "utc")
      SayWhole(UtcNow());
   else if(call == "at")
      SayWhole(OffsetAt(Digits(1)));
   else if(call == "written")
     {
      MfJsonWriter writer;
      WriteTime(writer, "", (datetime)Digits(1));
      Print("= " + writer.Document());
     }
   else
      return false;
   return true;
  }

bool DoBackoff(const string call)
  {
   if(call == "failed")
      g_backoff.Failed();
   else if(call == "succeeded")
      g_backoff.Succeeded();
   else if(call == "wait")
      g_backoff.WaitSeconds(Digits(1));
   else if(call == "due")
      SayTruth(g_backoff.IsDue());
   else if(call == "failures")
      SayWhole(g_backoff.Failures());
   else
      return false;
   return true;
  }

bool DoHttp(const string call)
  {
   string came;
   if(call == "http")
      g_http.Open(Word(1));
   else if(call == "token")
      g_http.UseToken(Word(1));
   else if(call == "ask")
     {
      SayWhole((long)g_http.Ask(Word(1), Word(2), came));
      Say(came);
     }
   else if(call == "said")
      Say(g_http.Said());
   else if(call == "status")
      SayWhole(g_http.Status());
   else if(call == "wants")
      SayWhole(g_http.WantsSeconds());
   else if(call == "address")
      Say(g_http.Address());
   else
      return false;
   return true;
  }

bool DoIdentity(const string call)
  {
   if(call == "files")
      Say(FilesOf(Digits(1), Word(2)));
   else if(call == "identity")
     {
      g_identity_file.Open(Word(1), g_identity);
      Say(g_identity.terminal_id + " " + g_identity.token + " " + g_identity.used_code);
      Say(StringFormat("%I64u %I64d", g_identity.deal_ticket, (long)g_identity.deal_time));
     }
   else if(call == "known")
     {
      g_identity.terminal_id = Word(1);
      g_identity.token = Word(2);
      g_identity.used_code = Word(3);
      g_identity.deal_ticket = (ulong)Digits(4);
      g_identity.deal_time = (datetime)Digits(5);
      SayTruth(g_identity_file.Keep(g_identity));
     }
   else
      return false;
   return true;
  }

//--- Take the next line; false at a pause, in which the test does something, and at the end.
bool HasCall(const string script)
  {
   if(ArraySize(g_lines) == 0)
      StringSplit(script, '\n', g_lines);
   if(g_line >= ArraySize(g_lines))
      return false;
   StringSplit(g_lines[g_line], '\t', g_words);
   g_line++;
   return Word(0) != "pause";
  }

bool DoStore(void)
  {
   string call = Word(0);
   return DoSlots(call) || DoOutbox(call) || DoJournal(call) || DoBytes(call) || DoClock(call) || DoBackoff(call)
          || DoHttp(call) || DoIdentity(call);
  }

#endif
