//+------------------------------------------------------------------+
//| One request to the hub, and what its answer means.                |
//+------------------------------------------------------------------+
#ifndef METAFLEET_HTTP_MQH
#define METAFLEET_HTTP_MQH

#include <metafleet/Bytes.mqh>
#include <metafleet/Json.mqh>

#define MF_HTTP_TIMEOUT_MS 5000
#define MF_NOT_ALLOWED_5 4014
#define MF_NOT_ALLOWED_4 4060

enum MfAnswer
  {
   MF_ANSWER_GOOD,     // 2xx
   MF_ANSWER_LATER,    // no connection, 429, 5xx, no JSON: try again
   MF_ANSWER_STRANGER, // 401: the token is over or was revoked
   MF_ANSWER_REFUSED,  // another 4xx: the same request will be refused again
   MF_ANSWER_BLOCKED   // the address is not in the terminal's list
  };

class MfHttp
  {
private:
   string            m_address;
   string            m_token;
   long              m_retry_after;
   int               m_status;
   string            m_said;

   //--- Seconds of Retry-After, 0 where the answer has none.
   static long       RetryAfter(const string headers)
     {
      string lower = headers;
      StringToLower(lower);
      int at = StringFind(lower, "retry-after:");
      return at < 0 ? 0 : StringToInteger(StringSubstr(headers, at + 12, 8));
     }

   MfAnswer          Judge(const int status, const string body)
     {
      if(status < 100 || status > 599)
        {
         int error = GetLastError();
         m_said = StringFormat("no answer (error %d)", error);
         return error == MF_NOT_ALLOWED_5 || error == MF_NOT_ALLOWED_4 ? MF_ANSWER_BLOCKED : MF_ANSWER_LATER;
        }
      if(status >= 200 && status < 300)
         return StringFind(body, "\"success\"") >= 0 ? MF_ANSWER_GOOD : MF_ANSWER_LATER;
      // Only the hub refuses: a proxy's page in front of it says nothing of this request.
      MfJsonReader reader;
      bool is_of_hub = reader.Parse(body) && reader.Has(reader.Root(), "status");
      m_said = StringFormat("%d %s", status, reader.Text(reader.Root(), "detail"));
      if(!is_of_hub)
         return MF_ANSWER_LATER;
      if(status == 401)
         return MF_ANSWER_STRANGER;
      return status >= 400 && status < 500 && status != 408 && status != 409 && status != 425 && status != 429 ?
             MF_ANSWER_REFUSED : MF_ANSWER_LATER;
     }

public:
                     MfHttp(void)
     {
      m_address = "";
      m_token = "";
      m_retry_after = 0;
      m_status = 0;
      m_said = "";
     }

   void              Open(const string address)
     {
      m_address = address;
      while(StringLen(m_address) > 0 && StringGetCharacter(m_address, StringLen(m_address) - 1) == '/')
         m_address = StringSubstr(m_address, 0, StringLen(m_address) - 1);
     }

   string            Address(void)
     {
      return m_address;
     }

   void              UseToken(const string token)
     {
      m_token = token;
     }

   //--- Send; `answer` is the body of what came. An empty body makes it a GET.
   MfAnswer          Ask(const string path, const string body, string &answer)
     {
      uchar sent[];
      uchar came[];
      string headers_came;
      string headers = "Accept: application/json\r\n";
      if(m_token != "")
         headers += "Authorization: Bearer " + m_token + "\r\n";
      if(body != "")
        {
         headers += "Content-Type: application/json\r\n";
         BytesOf(body, sent);
        }
      ResetLastError();
      m_said = "";
      m_status = WebRequest(body == "" ? "GET" : "POST", m_address + path, headers, MF_HTTP_TIMEOUT_MS,
                            sent, came, headers_came);
      answer = TextOf(came);
      m_retry_after = RetryAfter(headers_came);
      return Judge(m_status, answer);
     }

   int               Status(void)
     {
      return m_status;
     }

   long              WantsSeconds(void)
     {
      return m_retry_after;
     }

   //--- What was wrong, for the log.
   string            Said(void)
     {
      return m_said;
     }
  };

#endif
