//+------------------------------------------------------------------+
//| A text that survives a crash at any moment: two files, of which   |
//| the older is written, so that the newer is whole all the while.   |
//| Each has its number, its length and a checksum before the text.   |
//+------------------------------------------------------------------+
#ifndef METAFLEET_SLOTS_MQH
#define METAFLEET_SLOTS_MQH

#include <metafleet/Bytes.mqh>

#define MF_SLOT_HEAD 54

class MfSlots
  {
private:
   string            m_name;
   long              m_number;
   bool              m_is_failing;

   string            FileOf(const long number)
     {
      return m_name + (number % 2 == 0 ? ".a" : ".b");
     }

   //--- The number of a whole file, 0 for one that is torn or not there.
   long              ReadSlot(const string file, string &text)
     {
      uchar bytes[];
      text = "";
      if(!FileIsExist(file))
         return 0;
      int handle = FileOpen(file, FILE_READ | FILE_BIN | FILE_SHARE_READ | FILE_SHARE_WRITE);
      if(handle == INVALID_HANDLE)
         return 0;
      FileReadArray(handle, bytes);
      FileClose(handle);
      int size = ArraySize(bytes);
      if(size < MF_SLOT_HEAD)
         return 0;
      uchar head[];
      uchar body[];
      ArrayCopy(head, bytes, 0, 0, MF_SLOT_HEAD);
      ArrayCopy(body, bytes, 0, MF_SLOT_HEAD);
      string words = TextOf(head);
      long number = StringToInteger(StringSubstr(words, 0, 20));
      long length = StringToInteger(StringSubstr(words, 21, 15));
      if(number <= 0 || length != ArraySize(body) || StringSubstr(words, 37, 16) != Checksum(body))
         return 0;
      text = TextOf(body);
      return number;
     }

public:
                     MfSlots(void)
     {
      m_name = "";
      m_number = 0;
      m_is_failing = false;
     }

   //--- Return the newest text that is whole, "" where there is none.
   string            Open(const string name)
     {
      m_name = name;
      string even;
      string odd;
      long number_of_even = ReadSlot(FileOf(0), even);
      long number_of_odd = ReadSlot(FileOf(1), odd);
      m_number = number_of_even > number_of_odd ? number_of_even : number_of_odd;
      m_is_failing = false;
      return number_of_even > number_of_odd ? even : odd;
     }

   //--- False while it cannot be written: a full disk. What was kept before stays.
   bool              Keep(const string text)
     {
      uchar body[];
      uchar head[];
      BytesOf(text, body);
      long number = m_number + 1;
      BytesOf(StringFormat("%020I64d %015d %s\n", number, ArraySize(body), Checksum(body)), head);
      int handle = FileOpen(FileOf(number), FILE_WRITE | FILE_BIN | FILE_SHARE_READ);
      if(handle != INVALID_HANDLE)
        {
         FileWriteArray(handle, head);
         FileWriteArray(handle, body);
         FileFlush(handle);
         FileClose(handle);
        }
      // A full disk may be seen as late as the flush, which says nothing: what counts is what can be read again.
      string found;
      bool is_kept = ReadSlot(FileOf(number), found) == number && found == text;
      if(!is_kept && !m_is_failing)
         PrintFormat("metafleet: %s cannot be written (error %d); make room on this disk", m_name, GetLastError());
      m_is_failing = !is_kept;
      if(is_kept)
         m_number = number;
      return is_kept;
     }
  };

#endif
