//+------------------------------------------------------------------+
//| Who this terminal is to the hub, kept in a file of the account:   |
//| the connector writes it, other programs of the terminal read it.  |
//+------------------------------------------------------------------+
#ifndef METAFLEET_IDENTITY_MQH
#define METAFLEET_IDENTITY_MQH

#include <metafleet/Clock.mqh>
#include <metafleet/Json.mqh>
#include <metafleet/Slots.mqh>

struct MfIdentity
  {
   string            terminal_id;
   string            token;
   string            used_code;
   ulong             deal_ticket;
   datetime          deal_time;
  };

//--- The beginning of the names of an account's files.
string FilesOf(const long login, const string server)
  {
   uchar bytes[];
   BytesOf(server, bytes);
   return "metafleet/" + IntegerToString(login) + "-" + StringSubstr(Checksum(bytes), 0, 8);
  }

class MfIdentityFile
  {
private:
   MfSlots           m_slots;

public:
   //--- Nothing where there is no file yet.
   void              Open(const string files, MfIdentity &identity)
     {
      MfJsonReader reader;
      identity.terminal_id = "";
      identity.token = "";
      identity.used_code = "";
      identity.deal_ticket = 0;
      identity.deal_time = (datetime)0;
      bool is_there = reader.Parse(m_slots.Open(files + "-terminal"));
      ReadClock(reader, reader.Root());
      if(!is_there)
         return;
      int root = reader.Root();
      identity.terminal_id = reader.Text(root, "terminalId");
      identity.token = reader.Text(root, "token");
      identity.used_code = reader.Text(root, "usedCode");
      identity.deal_ticket = (ulong)reader.Whole(root, "dealTicket");
      identity.deal_time = (datetime)reader.Whole(root, "dealTime");
     }

   //--- False where it could not be written: try again.
   bool              Keep(const MfIdentity &identity)
     {
      MfJsonWriter writer;
      writer.BeginObject("");
      writer.Text("terminalId", identity.terminal_id);
      writer.Text("token", identity.token);
      writer.Text("usedCode", identity.used_code);
      writer.Ticket("dealTicket", identity.deal_ticket);
      writer.Whole("dealTime", (long)identity.deal_time);
      WriteClock(writer);
      writer.EndObject();
      return m_slots.Keep(writer.Document());
     }
  };

#endif
