"""A thread for each symbol, and one that watches the account."""

import threading
import time

import MetaTrader5 as mt5

stop = threading.Event()
lock = threading.Lock()
equity = []


def trade(symbol):
    side = 0
    while not stop.wait(3600):
        with lock:
            mt5.Close(symbol)
            (mt5.Buy if side == 0 else mt5.Sell)(symbol, 0.1)
        side = 1 - side
    with lock:
        mt5.Close(symbol)


def watch():
    while not stop.is_set():
        equity.append(mt5.account_info().equity)
        time.sleep(600)


mt5.initialize()
workers = [threading.Thread(target=trade, args=(s,)) for s in ("EURUSD", "GBPUSD")] + [
    threading.Thread(target=watch, daemon=True)
]
for w in workers:
    w.start()
time.sleep(12 * 3600 + 60)
stop.set()
for w in workers:
    w.join()
print("looks", len(equity), "positions", mt5.positions_total())
mt5.shutdown()
