//+------------------------------------------------------------------+
//| Texts as UTF-8 bytes and back, and a checksum of them.            |
//+------------------------------------------------------------------+
#ifndef METAFLEET_BYTES_MQH
#define METAFLEET_BYTES_MQH

//--- StringToCharArray adds a zero at the end, which is no part of the text.
void BytesOf(const string text, uchar &bytes[])
  {
   ArrayResize(bytes, 0);
   int count = StringToCharArray(text, bytes, 0, WHOLE_ARRAY, CP_UTF8);
   ArrayResize(bytes, count > 0 ? count - 1 : 0);
  }

string TextOf(const uchar &bytes[])
  {
   return ArraySize(bytes) == 0 ? "" : CharArrayToString(bytes, 0, WHOLE_ARRAY, CP_UTF8);
  }

//--- FNV-1a of 64 bits: against torn files, not against people.
string Checksum(const uchar &bytes[])
  {
   ulong sum = 0xCBF29CE484222325;
   for(int i = 0; i < ArraySize(bytes); i++)
     {
      sum ^= (ulong)bytes[i];
      sum *= 0x100000001B3;
     }
   return StringFormat("%08x%08x", (uint)(sum >> 32), (uint)(sum & 0xFFFFFFFF));
  }

#endif
