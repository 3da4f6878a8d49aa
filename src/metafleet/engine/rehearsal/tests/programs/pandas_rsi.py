import time
from datetime import UTC, datetime, timedelta

import MetaTrader5 as mt5
import pandas as pd

SYMBOL = "EURUSD"
MAGIC = 555


def rates_frame(hours=12):
    now = datetime.now(UTC) + timedelta(days=1)  # the server may be ahead
    rates = mt5.copy_rates_range(SYMBOL, mt5.TIMEFRAME_M5, now - timedelta(hours=hours + 24), now)
    df = pd.DataFrame(rates)
    df["time"] = pd.to_datetime(df["time"], unit="s")
    return df.set_index("time")


def rsi(close, period=14):
    delta = close.diff()
    gain = delta.clip(lower=0).ewm(alpha=1 / period, adjust=False).mean()
    loss = -delta.clip(upper=0).ewm(alpha=1 / period, adjust=False).mean()
    return 100 - 100 / (1 + gain / loss)


def market(side, volume=0.1, position=None):
    tick = mt5.symbol_info_tick(SYMBOL)
    request = dict(
        action=mt5.TRADE_ACTION_DEAL,
        symbol=SYMBOL,
        volume=volume,
        type=side,
        price=tick.ask if side == mt5.ORDER_TYPE_BUY else tick.bid,
        deviation=10,
        magic=MAGIC,
        comment="rsi",
        type_filling=mt5.ORDER_FILLING_IOC,
    )
    if position:
        request["position"] = position
    return mt5.order_send(**request)


if not mt5.initialize():
    raise RuntimeError(mt5.last_error())
start = datetime.now()
while datetime.now() - start < timedelta(hours=30):
    df = rates_frame()
    value = rsi(df["close"]).iloc[-2]
    positions = mt5.positions_get(symbol=SYMBOL)
    if positions:
        table = pd.DataFrame(list(positions), columns=positions[0]._asdict().keys())
        mine = table[table["magic"] == MAGIC]
        if len(mine) and (value > 55 if mine.iloc[0]["type"] == 0 else value < 45):
            market(1 - int(mine.iloc[0]["type"]), float(mine.iloc[0]["volume"]), int(mine.iloc[0]["ticket"]))
    elif value < 30:
        market(mt5.ORDER_TYPE_BUY)
    elif value > 70:
        market(mt5.ORDER_TYPE_SELL)
    time.sleep(300)

deals = mt5.history_deals_get(start - timedelta(days=2), datetime.now() + timedelta(days=1))
df = pd.DataFrame(list(deals), columns=deals[0]._asdict().keys())
print(df.groupby("entry")[["profit", "commission"]].sum().round(2).to_string())
print("net", round(df.loc[df["symbol"] != "", ["profit", "commission", "swap", "fee"]].to_numpy().sum(), 2))
mt5.shutdown()
