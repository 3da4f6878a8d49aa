# Stop-and-reverse on a netting account: one order of double size turns the position around.
import logging
import time

import MetaTrader5 as mt5

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
log = logging.getLogger("reversal")
symbol, lot = "USDJPY", 0.2

assert mt5.initialize(), mt5.last_error()
if mt5.account_info().margin_mode == mt5.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING:
    log.error("needs a netting account")
    raise SystemExit(3)


def net():
    p = mt5.positions_get(symbol=symbol)
    if not p:
        return 0.0
    return p[0].volume if p[0].type == mt5.POSITION_TYPE_BUY else -p[0].volume


def deal(side, volume):
    tick = mt5.symbol_info_tick(symbol)
    res = mt5.order_send(
        {
            "action": mt5.TRADE_ACTION_DEAL,
            "symbol": symbol,
            "volume": round(volume, 2),
            "type": side,
            "price": tick.ask if side == mt5.ORDER_TYPE_BUY else tick.bid,
            "deviation": 30,
            "magic": 7,
            "comment": "sar",
            "type_filling": mt5.ORDER_FILLING_FOK,
        }
    )
    if res.retcode != mt5.TRADE_RETCODE_DONE:
        log.warning("refused %s %s", res.retcode, res.comment)
    return res


while True:
    bars = mt5.copy_rates_from_pos(symbol, mt5.TIMEFRAME_M15, 1, 20)
    high, low = bars["high"][:-1].max(), bars["low"][:-1].min()
    close, position = bars["close"][-1], net()
    if close > high and position <= 0:
        before = mt5.positions_get(symbol=symbol)
        r = deal(mt5.ORDER_TYPE_BUY, lot - position)
        if before and r.retcode == mt5.TRADE_RETCODE_DONE:
            after = mt5.positions_get(symbol=symbol)[0]
            assert after.identifier == before[0].identifier and after.ticket == r.order, (before, after, r)
    elif close < low and position >= 0:
        deal(mt5.ORDER_TYPE_SELL, lot + position)
    time.sleep(15 * 60)
