"""Looks at every tick without sleeping, as scalpers do. Ends itself after a number of ticks."""

import MetaTrader5 as mt5

SYMBOL = "EURUSD"
if not mt5.initialize():
    raise SystemExit(str(mt5.last_error()))
info = mt5.symbol_info(SYMBOL)
window, seen, last_msc, opened = [], 0, 0, 0
while seen < 3000:
    tick = mt5.symbol_info_tick(SYMBOL)
    if tick.time_msc == last_msc:
        continue
    last_msc = tick.time_msc
    seen += 1
    window.append((tick.bid + tick.ask) / 2)
    if len(window) < 50:
        continue
    window = window[-50:]
    drift = (window[-1] - window[0]) / info.point
    position = mt5.positions_get(symbol=SYMBOL)
    if not position and abs(drift) > 8:
        kind = mt5.ORDER_TYPE_BUY if drift > 0 else mt5.ORDER_TYPE_SELL
        price = tick.ask if drift > 0 else tick.bid
        sign = 1 if drift > 0 else -1
        result = mt5.order_send(
            {
                "action": mt5.TRADE_ACTION_DEAL,
                "symbol": SYMBOL,
                "volume": 0.5,
                "type": kind,
                "price": price,
                "sl": round(price - sign * 60 * info.point, info.digits),
                "tp": round(price + sign * 60 * info.point, info.digits),
                "deviation": 5,
                "magic": 1,
                "type_filling": mt5.ORDER_FILLING_FOK,
            }
        )
        opened += result.retcode == mt5.TRADE_RETCODE_DONE
ticks = mt5.copy_ticks_from(SYMBOL, int(tick.time) - 600, 100000, mt5.COPY_TICKS_ALL)
print(
    "ticks",
    seen,
    "opened",
    opened,
    "of the last ten minutes",
    len(ticks) > 0 and bool((ticks["ask"] >= ticks["bid"]).all()),
)
mt5.shutdown()
