//+------------------------------------------------------------------+
//| JSON as the protocol has it: written in one pass, read into a     |
//| flat list of nodes. For MQL4 and MQL5.                            |
//+------------------------------------------------------------------+
#ifndef METAFLEET_JSON_MQH
#define METAFLEET_JSON_MQH

#define MF_JSON_DEPTH 24
#define MF_JSON_NODES 20000

enum MfJsonKind
  {
   MF_JSON_NULL,
   MF_JSON_BOOL,
   MF_JSON_NUMBER,
   MF_JSON_STRING,
   MF_JSON_ARRAY,
   MF_JSON_OBJECT
  };

//--- As Python and scripts write them: \n, and \u001f for what has no letter.
string JsonControl(const ushort c)
  {
   string letters = "btn.fr";
   if(c < 8 || c > 13 || c == 11)
      return StringFormat("\\u%04x", (int)c);
   return "\\" + StringSubstr(letters, c - 8, 1);
  }

//+------------------------------------------------------------------+
//| A text as it stands between quotes. A half of a surrogate pair    |
//| that stands alone becomes U+FFFD: UTF-8 has no bytes for it.      |
//+------------------------------------------------------------------+
string JsonEscaped(const string text)
  {
   string made = "";
   int length = StringLen(text);
   int plain = 0;
   for(int i = 0; i < length; i++)
     {
      ushort c = StringGetCharacter(text, i);
      string instead = "";
      if(c == '"')
         instead = "\\\"";
      else if(c == '\\')
         instead = "\\\\";
      else if(c < 32 || c == 127)
         instead = JsonControl(c);
      else if(c >= 0xD800 && c <= 0xDFFF)
        {
         ushort next = i + 1 < length ? StringGetCharacter(text, i + 1) : (ushort)0;
         if(c <= 0xDBFF && next >= 0xDC00 && next <= 0xDFFF)
           {
            i++;
            continue;
           }
         instead = "\\ufffd";
        }
      if(instead == "")
         continue;
      int from = i;
      if(from > plain)
         made += StringSubstr(text, plain, from - plain);
      made += instead;
      plain = i + 1;
     }
   return plain == 0 ? text : made + StringSubstr(text, plain);
  }

//+------------------------------------------------------------------+
//| Writes one document. A name of "" is for elements of an array.    |
//+------------------------------------------------------------------+
class MfJsonWriter
  {
private:
   string            m_text;
   bool              m_is_first;

   void              Begin(const string name)
     {
      if(!m_is_first)
         m_text += ",";
      m_is_first = false;
      if(name != "")
         m_text += "\"" + name + "\":";
     }

public:
                     MfJsonWriter(void)
     {
      Clear();
     }

   void              Clear(void)
     {
      m_text = "";
      m_is_first = true;
     }

   void              BeginObject(const string name)
     {
      Begin(name);
      m_text += "{";
      m_is_first = true;
     }

   void              EndObject(void)
     {
      m_text += "}";
      m_is_first = false;
     }

   void              BeginArray(const string name)
     {
      Begin(name);
      m_text += "[";
      m_is_first = true;
     }

   void              EndArray(void)
     {
      m_text += "]";
      m_is_first = false;
     }

   void              Text(const string name, const string value)
     {
      Begin(name);
      m_text += "\"" + JsonEscaped(value) + "\"";
     }

   void              Whole(const string name, const long value)
     {
      Begin(name);
      m_text += IntegerToString(value);
     }

   void              Ticket(const string name, const ulong value)
     {
      Begin(name);
      m_text += StringFormat("%I64u", value);
     }

   //--- What is no number in JSON is null: the reader decides what that means.
   void              Number(const string name, const double value, const int digits)
     {
      Begin(name);
      m_text += MathIsValidNumber(value) ? DoubleToString(value, digits) : "null";
     }

   void              Truth(const string name, const bool value)
     {
      Begin(name);
      m_text += value ? "true" : "false";
     }

   //--- A document that was written before.
   void              Raw(const string name, const string json)
     {
      Begin(name);
      m_text += json;
     }

   string            Document(void)
     {
      return m_text;
     }
  };

struct MfJsonNode
  {
   MfJsonKind        kind;
   string            name;
   string            text;
   int               next;
   int               child;
  };

//+------------------------------------------------------------------+
//| Reads one document. Nodes are named by their number; -1 is none.  |
//+------------------------------------------------------------------+
class MfJsonReader
  {
private:
   MfJsonNode        m_nodes[];
   string            m_text;
   int               m_length;
   int               m_at;
   bool              m_is_bad;

   ushort            Here(void)
     {
      return m_at < m_length ? StringGetCharacter(m_text, m_at) : (ushort)0;
     }

   void              PassBlanks(void)
     {
      while(m_at < m_length)
        {
         ushort c = StringGetCharacter(m_text, m_at);
         if(c != ' ' && c != 9 && c != 10 && c != 13)
            return;
         m_at++;
        }
     }

   int               Fail(void)
     {
      m_is_bad = true;
      return -1;
     }

   int               Add(const MfJsonKind kind)
     {
      int i = ArraySize(m_nodes);
      if(i >= MF_JSON_NODES)
         return Fail();
      ArrayResize(m_nodes, i + 1, 64);
      m_nodes[i].kind = kind;
      m_nodes[i].name = "";
      m_nodes[i].text = "";
      m_nodes[i].next = -1;
      m_nodes[i].child = -1;
      return i;
     }

   static int        HexDigit(const ushort c)
     {
      if(c >= '0' && c <= '9')
         return (int)c - '0';
      if(c >= 'a' && c <= 'f')
         return (int)c - 'a' + 10;
      if(c >= 'A' && c <= 'F')
         return (int)c - 'A' + 10;
      return -1;
     }

   //--- The character of \uXXXX, whose u is here; 0 where it is none.
   ushort            ReadCode(void)
     {
      int value = 0;
      for(int i = 1; i <= 4; i++)
        {
         int digit = m_at + i < m_length ? HexDigit(StringGetCharacter(m_text, m_at + i)) : -1;
         if(digit < 0)
           {
            m_is_bad = true;
            return 0;
           }
         value = value * 16 + digit;
        }
      m_at += 4;
      return (ushort)value;
     }

   ushort            ReadEscape(void)
     {
      ushort c = Here();
      if(c == '"' || c == '\\' || c == '/')
         return c;
      if(c == 'n')
         return 10;
      if(c == 't')
         return 9;
      if(c == 'r')
         return 13;
      if(c == 'b')
         return 8;
      if(c == 'f')
         return 12;
      if(c == 'u')
         return ReadCode();
      m_is_bad = true;
      return 0;
     }

   string            ReadText(void)
     {
      string made = "";
      m_at++;
      int plain = m_at;
      while(m_at < m_length)
        {
         ushort c = StringGetCharacter(m_text, m_at);
         if(c == '"')
           {
            made += StringSubstr(m_text, plain, m_at - plain);
            m_at++;
            return made;
           }
         if(c < 32)
            break;
         if(c == '\\')
           {
            if(m_at > plain)
               made += StringSubstr(m_text, plain, m_at - plain);
            m_at++;
            ushort read = ReadEscape();
            if(m_is_bad)
               return "";
            made += ShortToString(read);
            plain = m_at + 1;
           }
         m_at++;
        }
      m_is_bad = true;
      return "";
     }

   int               ReadWord(void)
     {
      int begin = m_at;
      while(m_at < m_length)
        {
         ushort c = StringGetCharacter(m_text, m_at);
         if(c == ',' || c == '}' || c == ']' || c <= 32)
            break;
         m_at++;
        }
      string word = StringSubstr(m_text, begin, m_at - begin);
      MfJsonKind kind = MF_JSON_NUMBER;
      if(word == "true" || word == "false")
         kind = MF_JSON_BOOL;
      else if(word == "null")
         kind = MF_JSON_NULL;
      else if(!IsNumber(word))
         return Fail();
      int node = Add(kind);
      if(node >= 0)
         m_nodes[node].text = word;
      return node;
     }

   static bool       IsNumber(const string word)
     {
      int digits = 0;
      for(int i = 0; i < StringLen(word); i++)
        {
         ushort c = StringGetCharacter(word, i);
         if(c >= '0' && c <= '9')
            digits++;
         else if(c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E')
            return false;
        }
      return digits > 0;
     }

   int               ReadMembers(const bool is_object, const int depth)
     {
      ushort closing = is_object ? (ushort)'}' : (ushort)']';
      int node = Add(is_object ? MF_JSON_OBJECT : MF_JSON_ARRAY);
      int last = -1;
      m_at++;
      PassBlanks();
      if(Here() == closing)
        {
         m_at++;
         return node;
        }
      while(!m_is_bad)
        {
         string name = "";
         PassBlanks();
         if(is_object)
           {
            if(Here() != '"')
               return Fail();
            name = ReadText();
            PassBlanks();
            if(Here() != ':')
               return Fail();
            m_at++;
           }
         int member = ReadValue(depth + 1);
         if(member < 0)
            return Fail();
         m_nodes[member].name = name;
         if(last < 0)
            m_nodes[node].child = member;
         else
            m_nodes[last].next = member;
         last = member;
         PassBlanks();
         ushort c = Here();
         m_at++;
         if(c == closing)
            return node;
         if(c != ',')
            return Fail();
        }
      return -1;
     }

   int               ReadValue(const int depth)
     {
      if(depth > MF_JSON_DEPTH || m_is_bad)
         return Fail();
      PassBlanks();
      ushort c = Here();
      if(c == '{' || c == '[')
         return ReadMembers(c == '{', depth);
      if(c != '"')
         return ReadWord();
      int node = Add(MF_JSON_STRING);
      if(node < 0)
         return -1;
      string text = ReadText();
      m_nodes[node].text = text;
      return m_is_bad ? -1 : node;
     }

public:
                     MfJsonReader(void)
     {
      m_text = "";
      m_length = 0;
      m_at = 0;
      m_is_bad = true;
     }

   //--- False for what is no JSON; nothing can be read of it then.
   bool              Parse(const string text)
     {
      ArrayResize(m_nodes, 0);
      m_text = text;
      m_length = StringLen(text);
      m_at = 0;
      m_is_bad = false;
      ReadValue(0);
      PassBlanks();
      if(m_at != m_length)
         m_is_bad = true;
      if(m_is_bad)
         ArrayResize(m_nodes, 0);
      return !m_is_bad;
     }

   int               Root(void)
     {
      return ArraySize(m_nodes) > 0 ? 0 : -1;
     }

   int               Find(const int node, const string name)
     {
      if(node < 0)
         return -1;
      for(int i = m_nodes[node].child; i >= 0; i = m_nodes[i].next)
         if(m_nodes[i].name == name)
            return i;
      return -1;
     }

   int               First(const int node)
     {
      return node < 0 ? -1 : m_nodes[node].child;
     }

   int               Next(const int node)
     {
      return node < 0 ? -1 : m_nodes[node].next;
     }

   MfJsonKind        Kind(const int node)
     {
      return node < 0 ? MF_JSON_NULL : m_nodes[node].kind;
     }

   bool              Has(const int node, const string name)
     {
      return Kind(Find(node, name)) != MF_JSON_NULL;
     }

   string            Name(const int node)
     {
      return node < 0 ? "" : m_nodes[node].name;
     }

   string            Value(const int node)
     {
      return node < 0 ? "" : m_nodes[node].text;
     }

   string            Text(const int node, const string name)
     {
      int i = Find(node, name);
      return Kind(i) == MF_JSON_NULL ? "" : m_nodes[i].text;
     }

   double            Number(const int node, const string name)
     {
      return StringToDouble(Text(node, name));
     }

   long              Whole(const int node, const string name)
     {
      return StringToInteger(Text(node, name));
     }

   bool              Truth(const int node, const string name)
     {
      return Text(node, name) == "true";
     }
  };

#endif
