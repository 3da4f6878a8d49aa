import time

import MetaTrader5 as mt5

symbol = "XAUUSD"
distance = 3.0
mt5.initialize()
info = mt5.symbol_info(symbol)
moved = 0
while True:
    try:
        positions = mt5.positions_get(symbol=symbol)
        tick = mt5.symbol_info_tick(symbol)
        if not positions:
            r = mt5.order_send(
                {
                    "action": mt5.TRADE_ACTION_DEAL,
                    "symbol": symbol,
                    "volume": 0.1,
                    "type": mt5.ORDER_TYPE_BUY,
                    "price": tick.ask,
                    "sl": round(tick.bid - distance, info.digits),
                    "deviation": 50,
                    "magic": 42,
                    "comment": "trail",
                    "type_filling": mt5.ORDER_FILLING_IOC,
                }
            )
            if r.retcode == 10018:
                time.sleep(600)
                continue
        for p in positions:
            wanted = round(tick.bid - distance, info.digits)
            if wanted > p.sl + 0.2:
                r = mt5.order_send(
                    {
                        "action": mt5.TRADE_ACTION_SLTP,
                        "position": p.ticket,
                        "symbol": symbol,
                        "sl": wanted,
                        "tp": p.tp,
                        "magic": p.magic,
                    }
                )
                if r.retcode == mt5.TRADE_RETCODE_DONE:
                    moved += 1
        time.sleep(10)
    except Exception as e:  # keep running whatever happens
        print("error:", repr(e))
        time.sleep(10)
    except KeyboardInterrupt:
        break

print("stop moved:", moved > 0)
deals = mt5.history_deals_get(0, time.time() + 86400)
print("by stop:", any(d.reason == mt5.DEAL_REASON_SL for d in deals))
mt5.shutdown()
