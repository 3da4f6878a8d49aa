//+------------------------------------------------------------------+
//| What must reach the hub, in its order: kept on disk before it is  |
//| sent, taken out when the hub has answered 2xx.                    |
//+------------------------------------------------------------------+
#ifndef METAFLEET_OUTBOX_MQH
#define METAFLEET_OUTBOX_MQH

#include <metafleet/Json.mqh>
#include <metafleet/Slots.mqh>

#define MF_OUTBOX_MOST 500

struct MfLetter
  {
   string            path;
   string            body;
  };

class MfOutbox
  {
private:
   MfLetter          m_letters[];
   MfSlots           m_slots;
   bool              m_is_dirty;

   bool              Write(void)
     {
      MfJsonWriter writer;
      writer.BeginArray("");
      for(int i = 0; i < ArraySize(m_letters); i++)
        {
         writer.BeginObject("");
         writer.Text("path", m_letters[i].path);
         writer.Text("body", m_letters[i].body);
         writer.EndObject();
        }
      writer.EndArray();
      m_is_dirty = !m_slots.Keep(writer.Document());
      return !m_is_dirty;
     }

public:
                     MfOutbox(void)
     {
      m_is_dirty = false;
     }

   void              Open(const string name)
     {
      MfJsonReader reader;
      ArrayResize(m_letters, 0);
      m_is_dirty = false;
      if(!reader.Parse(m_slots.Open(name)))
         return;
      for(int node = reader.First(reader.Root()); node >= 0; node = reader.Next(node))
        {
         int count = ArraySize(m_letters);
         ArrayResize(m_letters, count + 1, 16);
         m_letters[count].path = reader.Text(node, "path");
         m_letters[count].body = reader.Text(node, "body");
        }
     }

   //--- False where there is no room, on the disk or in it: then it is kept in memory alone, or not at all.
   bool              Add(const string path, const string body)
     {
      int count = ArraySize(m_letters);
      if(count >= MF_OUTBOX_MOST)
         return false;
      ArrayResize(m_letters, count + 1, 16);
      m_letters[count].path = path;
      m_letters[count].body = body;
      return Write();
     }

   int               Count(void)
     {
      return ArraySize(m_letters);
     }

   string            Path(void)
     {
      return m_letters[0].path;
     }

   string            Body(void)
     {
      return m_letters[0].body;
     }

   //--- The first has been answered. Where that cannot be written it is sent once more after a restart.
   void              Remove(void)
     {
      int count = ArraySize(m_letters);
      for(int i = 1; i < count; i++)
         m_letters[i - 1] = m_letters[i];
      ArrayResize(m_letters, count - 1);
      Write();
     }

   //--- Write again what a full disk did not take.
   void              Mend(void)
     {
      if(m_is_dirty)
         Write();
     }
  };

#endif
