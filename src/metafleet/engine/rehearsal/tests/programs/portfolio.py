#!/usr/bin/env python3
"""Several symbols and strategies at once, told apart by magic numbers."""

import datetime as dt
import time
from dataclasses import dataclass, field
from enum import IntEnum

import MetaTrader5 as mt5


class Side(IntEnum):
    BUY = mt5.ORDER_TYPE_BUY
    SELL = mt5.ORDER_TYPE_SELL


@dataclass
class Strategy:
    name: str
    symbol: str
    magic: int
    lookback: int
    follow: bool
    lot: float = 0.05
    filling: int = field(default=-1)

    def find_filling(self):
        """Try out which filling mode the broker takes."""
        for filling in (mt5.ORDER_FILLING_RETURN, mt5.ORDER_FILLING_IOC, mt5.ORDER_FILLING_FOK):
            check = mt5.order_check({**self.request(Side.BUY), "type_filling": filling})
            if check is not None and check.comment == "Done":
                self.filling = filling
                return
        raise RuntimeError(f"no filling mode for {self.symbol}: {check}")

    def request(self, side, volume=None, position=0):
        tick = mt5.symbol_info_tick(self.symbol)
        return {
            "action": mt5.TRADE_ACTION_DEAL,
            "symbol": self.symbol,
            "volume": volume or self.lot,
            "type": side,
            "price": tick.ask if side == Side.BUY else tick.bid,
            "deviation": 20,
            "magic": self.magic,
            "position": position,
            "comment": self.name[:29],
            "type_filling": max(self.filling, 0),
        }

    def mine(self):
        return [p for p in mt5.positions_get(symbol=self.symbol) if p.magic == self.magic]

    def step(self):
        closes = mt5.copy_rates_from_pos(self.symbol, mt5.TIMEFRAME_M30, 1, self.lookback)["close"]
        up = closes[-1] > closes.mean()
        side = Side.BUY if up == self.follow else Side.SELL
        for p in self.mine():
            if p.type != side:
                r = mt5.order_send(self.request(Side(1 - p.type), p.volume, p.ticket))
                assert r.retcode in (mt5.TRADE_RETCODE_DONE, mt5.TRADE_RETCODE_MARKET_CLOSED), r
        if not self.mine():
            mt5.order_send(self.request(side))


if __name__ == "__main__":
    mt5.initialize()
    strategies = [
        Strategy("trend eur", "EURUSD", 11, 24, True),
        Strategy("revert eur", "EURUSD", 12, 8, False),
        Strategy("trend gbp", "GBPUSD", 13, 16, True),
        Strategy("trend yen", "USDJPY", 14, 16, True),
        Strategy("gold", "XAUUSD", 15, 12, False, lot=0.02),
    ]
    for s in strategies:
        assert mt5.symbol_select(s.symbol, True)
        s.find_filling()
    end = dt.datetime.now() + dt.timedelta(days=3)
    while dt.datetime.now() < end:
        for s in strategies:
            s.step()
        time.sleep(30 * 60)
    for s in strategies:
        print(
            s.name,
            s.magic,
            len(s.mine()),
            {d.symbol for d in mt5.history_deals_get(0, time.time() + 1e6) if d.magic == s.magic},
        )
    print(mt5.account_info().margin > 0)
    mt5.shutdown()
