//+------------------------------------------------------------------+
//| MetafleetConnector.mq5: reports an account to metafleet, and      |
//| obeys it where its owner lets it. Put it on one chart, any chart. |
//+------------------------------------------------------------------+
#property copyright "The metafleet authors, Apache License 2.0"
#property version   "1.00"
#property description "Joins this terminal to metafleet: journal, monitor and commands."
#property strict

#include <metafleet/Terminal5.mqh>
#include <metafleet/Connector.mqh>

input group "Where"
input string InpAddress = "https://metafleet.example.com"; // Address of the gateway
input string InpPairingCode = "";                          // Pairing code, of the account's page
input group "What it may do"
input bool InpMayTrade = false;                            // Obey commands that trade

MfConnector g_connector;

int OnInit()
  {
   if(MQLInfoInteger(MQL_TESTER) != 0)
     {
      Print("metafleet: the connector does nothing in the strategy tester");
      return INIT_FAILED;
     }
   if(StringFind(InpAddress, "http") != 0)
     {
      Alert("metafleet: InpAddress must begin with https:// or http://");
      return INIT_PARAMETERS_INCORRECT;
     }
   g_connector.Open(InpAddress, InpPairingCode, InpMayTrade);
   EventSetTimer(1);
   return INIT_SUCCEEDED;
  }

void OnDeinit(const int reason)
  {
   EventKillTimer();
   g_connector.Close();
  }

void OnTimer()
  {
   if(!g_connector.Step())
      g_connector.Open(InpAddress, InpPairingCode, InpMayTrade);
  }

void OnTrade()
  {
   g_connector.Traded();
  }
