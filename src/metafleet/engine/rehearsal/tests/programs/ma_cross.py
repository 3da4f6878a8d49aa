# Simple moving average crossover bot for MetaTrader 5
import time
from datetime import datetime

import MetaTrader5 as mt5
import numpy as np

SYMBOL = "EURUSD"
TIMEFRAME = mt5.TIMEFRAME_M5
VOLUME = 0.10
FAST = 10
SLOW = 30
MAGIC = 100
DEVIATION = 20

if not mt5.initialize():
    print("initialize() failed, error code =", mt5.last_error())
    quit()

account = mt5.account_info()
print(f"Connected to {account.server} login={account.login} balance={account.balance} {account.currency}")

if not mt5.symbol_select(SYMBOL, True):
    print("symbol_select failed", mt5.last_error())
    mt5.shutdown()
    quit()


def get_signal():
    rates = mt5.copy_rates_from_pos(SYMBOL, TIMEFRAME, 1, SLOW + 1)
    if rates is None or len(rates) < SLOW + 1:
        return None
    close = rates["close"]
    fast, prev_fast = np.mean(close[-FAST:]), np.mean(close[-FAST - 1 : -1])
    slow, prev_slow = np.mean(close[-SLOW:]), np.mean(close[-SLOW - 1 : -1])
    if prev_fast <= prev_slow and fast > slow:
        return mt5.ORDER_TYPE_BUY
    if prev_fast >= prev_slow and fast < slow:
        return mt5.ORDER_TYPE_SELL
    return None


def close_position(position):
    tick = mt5.symbol_info_tick(position.symbol)
    is_buy = position.type == mt5.POSITION_TYPE_BUY
    request = {
        "action": mt5.TRADE_ACTION_DEAL,
        "symbol": position.symbol,
        "volume": position.volume,
        "type": mt5.ORDER_TYPE_SELL if is_buy else mt5.ORDER_TYPE_BUY,
        "position": position.ticket,
        "price": tick.bid if is_buy else tick.ask,
        "deviation": DEVIATION,
        "magic": MAGIC,
        "comment": "ma close",
        "type_time": mt5.ORDER_TIME_GTC,
        "type_filling": mt5.ORDER_FILLING_IOC,
    }
    result = mt5.order_send(request)
    if result.retcode != mt5.TRADE_RETCODE_DONE:
        print(f"close failed, retcode={result.retcode}", result.comment)
    return result


def open_position(order_type):
    tick = mt5.symbol_info_tick(SYMBOL)
    point = mt5.symbol_info(SYMBOL).point
    price = tick.ask if order_type == mt5.ORDER_TYPE_BUY else tick.bid
    sign = 1 if order_type == mt5.ORDER_TYPE_BUY else -1
    request = {
        "action": mt5.TRADE_ACTION_DEAL,
        "symbol": SYMBOL,
        "volume": VOLUME,
        "type": order_type,
        "price": price,
        "sl": price - sign * 300 * point,
        "tp": price + sign * 600 * point,
        "deviation": DEVIATION,
        "magic": MAGIC,
        "comment": "ma cross",
        "type_time": mt5.ORDER_TIME_GTC,
        "type_filling": mt5.ORDER_FILLING_IOC,
    }
    result = mt5.order_send(request)
    if result is None:
        print("order_send failed", mt5.last_error())
    elif result.retcode != mt5.TRADE_RETCODE_DONE:
        print(f"open failed, retcode={result.retcode}", result.comment)
    else:
        print(datetime.now(), "BUY" if sign > 0 else "SELL", result.volume, "at", result.price)


last_bar = 0
try:
    while True:
        bar_time = mt5.copy_rates_from_pos(SYMBOL, TIMEFRAME, 0, 1)[0]["time"]
        if bar_time != last_bar:
            last_bar = bar_time
            signal = get_signal()
            if signal is not None:
                for position in mt5.positions_get(symbol=SYMBOL):
                    if position.magic == MAGIC and position.type != signal:
                        close_position(position)
                if not [p for p in mt5.positions_get(symbol=SYMBOL) if p.magic == MAGIC]:
                    open_position(signal)
        time.sleep(60)
except KeyboardInterrupt:
    print("Stopped by user")
finally:
    mt5.shutdown()
