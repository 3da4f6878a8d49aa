"""Grid of limit orders around the price. Re-arms what was filled or taken, cancels everything at the end."""

import argparse
import sys
import time

import MetaTrader5 as mt5

parser = argparse.ArgumentParser()
parser.add_argument("--symbol", default="GBPUSD")
parser.add_argument("--step", type=int, default=120, help="points")
parser.add_argument("--levels", type=int, default=4)
parser.add_argument("--lot", type=float, default=0.05)
args = parser.parse_args()

MAGIC = 20240


def pending(kind, price):
    info = mt5.symbol_info(args.symbol)
    away = args.step * info.point
    tp = price + away if kind == mt5.ORDER_TYPE_BUY_LIMIT else price - away
    result = mt5.order_send(
        {
            "action": mt5.TRADE_ACTION_PENDING,
            "symbol": args.symbol,
            "volume": args.lot,
            "type": kind,
            "price": round(price, info.digits),
            "tp": round(tp, info.digits),
            "magic": MAGIC,
            "comment": "grid",
            "type_time": mt5.ORDER_TIME_GTC,
            # no type_filling: demo servers take it
        }
    )
    if result is None or result.retcode != 10009:
        print(
            "pending refused:", result and (result.retcode, result.comment), mt5.last_error(), file=sys.stderr
        )
    return result


def cancel_all():
    for order in mt5.orders_get(symbol=args.symbol):
        if order.magic == MAGIC:
            r = mt5.order_send({"action": mt5.TRADE_ACTION_REMOVE, "order": order.ticket})
            assert r.retcode == mt5.TRADE_RETCODE_DONE, r


def arm(anchor):
    info = mt5.symbol_info(args.symbol)
    away = args.step * info.point
    have = {round(o.price_open, info.digits) for o in mt5.orders_get(symbol=args.symbol)}
    have |= {
        round(float(p.comment or 0), info.digits)
        if p.comment.replace(".", "").isdigit()
        else round(p.price_open, info.digits)
        for p in mt5.positions_get(symbol=args.symbol)
    }
    for n in range(1, args.levels + 1):
        for kind, price in (
            (mt5.ORDER_TYPE_BUY_LIMIT, anchor - n * away),
            (mt5.ORDER_TYPE_SELL_LIMIT, anchor + n * away),
        ):
            price = round(price, info.digits)
            tick = mt5.symbol_info_tick(args.symbol)
            right_side = (
                price < tick.ask - 20 * info.point
                if kind == mt5.ORDER_TYPE_BUY_LIMIT
                else price > tick.bid + 20 * info.point
            )
            if right_side and not any(abs(price - h) < away / 2 for h in have):
                pending(kind, price)


def main():
    if not mt5.initialize():
        sys.exit(f"no terminal: {mt5.last_error()}")
    anchor = mt5.symbol_info_tick(args.symbol).bid
    try:
        while True:
            arm(anchor)
            time.sleep(300)
    finally:
        cancel_all()
        print("positions left:", mt5.positions_total(), "orders left:", mt5.orders_total())
        mt5.shutdown()


if __name__ == "__main__":
    main()
