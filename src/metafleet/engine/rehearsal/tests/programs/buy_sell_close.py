from time import sleep

from MetaTrader5 import *

initialize()
for round_ in range(12):
    r = Buy("EURUSD", 0.1) if round_ % 2 == 0 else Sell("EURUSD", 0.1)
    if r is None or r.retcode != TRADE_RETCODE_DONE:
        print("failed", r, last_error())
        break
    sleep(1800)
    print(round_, r.order, r.price, Close("EURUSD"), positions_total())
Buy("EURUSD", 0.1)
Buy("EURUSD", 0.2, comment="second")
print(
    "closing",
    Close("EURUSD", ticket=positions_get(symbol="EURUSD")[0].ticket),
    positions_total(),
    Close("EURUSD"),
)
print("nothing left", Close("EURUSD"))
shutdown()
