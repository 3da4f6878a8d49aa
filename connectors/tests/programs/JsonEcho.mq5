#property copyright "The metafleet authors"
#property version   "1.00"
#property description "Reads a document from a file and writes what it read of it."
#property strict
#include <metafleet/Bytes.mqh>
#include <metafleet/Json.mqh>

string ReadFile(const string name)
  {
   uchar bytes[];
   int file = FileOpen(name, FILE_READ | FILE_BIN);
   if(file == INVALID_HANDLE)
      return "";
   FileReadArray(file, bytes);
   FileClose(file);
   return TextOf(bytes);
  }

void WriteFile(const string name, const string text)
  {
   uchar bytes[];
   BytesOf(text, bytes);
   int file = FileOpen(name, FILE_WRITE | FILE_BIN);
   FileWriteArray(file, bytes);
   FileClose(file);
  }

void Echo(MfJsonReader &reader, const int node, const string name, MfJsonWriter &writer)
  {
   MfJsonKind kind = reader.Kind(node);
   if(kind == MF_JSON_OBJECT || kind == MF_JSON_ARRAY)
     {
      if(kind == MF_JSON_OBJECT)
         writer.BeginObject(name);
      else
         writer.BeginArray(name);
      for(int i = reader.First(node); i >= 0; i = reader.Next(i))
         Echo(reader, i, reader.Name(i), writer);
      if(kind == MF_JSON_OBJECT)
         writer.EndObject();
      else
         writer.EndArray();
      return;
     }
   if(kind == MF_JSON_STRING)
      writer.Text(name, reader.Value(node));
   else
      writer.Raw(name, reader.Value(node));
  }

int OnInit()
  {
   MfJsonReader reader;
   MfJsonWriter writer;
   if(!reader.Parse(ReadFile("in.json")))
      return INIT_FAILED;
   Echo(reader, reader.Root(), "", writer);
   WriteFile("out.json", writer.Document());
   return INIT_SUCCEEDED;
  }
