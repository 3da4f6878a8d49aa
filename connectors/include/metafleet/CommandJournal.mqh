//+------------------------------------------------------------------+
//| What became of each command, on disk: "begun" is written before   |
//| its order is sent, the result after. So a program that begins     |
//| anew knows for which orders it must look before it sends again.   |
//+------------------------------------------------------------------+
#ifndef METAFLEET_COMMAND_JOURNAL_MQH
#define METAFLEET_COMMAND_JOURNAL_MQH

#include <metafleet/Json.mqh>
#include <metafleet/Slots.mqh>

#define MF_JOURNAL_MOST 200

struct MfCommandEntry
  {
   string            id;
   string            answer; // the result's body; "" for a command that has begun
   long              begun;  // when, in server time
  };

class MfCommandJournal
  {
private:
   MfCommandEntry    m_entries[];
   MfSlots           m_slots;

   bool              Write(void)
     {
      MfJsonWriter writer;
      writer.BeginArray("");
      for(int i = 0; i < ArraySize(m_entries); i++)
        {
         writer.BeginObject("");
         writer.Text("id", m_entries[i].id);
         writer.Text("answer", m_entries[i].answer);
         writer.Whole("begun", m_entries[i].begun);
         writer.EndObject();
        }
      writer.EndArray();
      return m_slots.Keep(writer.Document());
     }

   int               Find(const string id)
     {
      for(int i = ArraySize(m_entries) - 1; i >= 0; i--)
         if(m_entries[i].id == id)
            return i;
      return -1;
     }

public:
   void              Open(const string name)
     {
      MfJsonReader reader;
      ArrayResize(m_entries, 0);
      if(!reader.Parse(m_slots.Open(name)))
         return;
      for(int node = reader.First(reader.Root()); node >= 0; node = reader.Next(node))
        {
         int count = ArraySize(m_entries);
         ArrayResize(m_entries, count + 1, 16);
         m_entries[count].id = reader.Text(node, "id");
         m_entries[count].answer = reader.Text(node, "answer");
         m_entries[count].begun = reader.Whole(node, "begun");
        }
     }

   bool              HasBegun(const string id)
     {
      return Find(id) >= 0;
     }

   //--- The result's body as it was sent; "" where it is not known.
   string            Answer(const string id)
     {
      int i = Find(id);
      return i < 0 ? "" : m_entries[i].answer;
     }

   //--- When it began, in server time; 0 where it has not.
   long              BegunAt(const string id)
     {
      int i = Find(id);
      return i < 0 ? 0 : m_entries[i].begun;
     }

   //--- False where it cannot be written: then nothing may be traded. One that has begun before keeps its time.
   bool              Begin(const string id, const long now)
     {
      if(Find(id) >= 0)
         return true;
      int count = ArraySize(m_entries);
      if(count >= MF_JOURNAL_MOST)
        {
         for(int i = 1; i < count; i++)
            m_entries[i - 1] = m_entries[i];
         count--;
        }
      ArrayResize(m_entries, count + 1, 16);
      m_entries[count].id = id;
      m_entries[count].answer = "";
      m_entries[count].begun = now;
      if(Write())
         return true;
      ArrayResize(m_entries, count);
      return false;
     }

   void              Finish(const string id, const string answer)
     {
      int i = Find(id);
      if(i < 0)
         return;
      m_entries[i].answer = answer;
      Write();
     }
  };

#endif
