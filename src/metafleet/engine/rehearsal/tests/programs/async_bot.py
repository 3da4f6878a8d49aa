import asyncio

import MetaTrader5 as mt5


async def call(function, *args, **kwargs):
    return await asyncio.to_thread(function, *args, **kwargs)


async def trader(symbol, minutes):
    for n in range(6):
        r = await call(mt5.Buy if n % 2 else mt5.Sell, symbol, 0.1)
        assert r.retcode == mt5.TRADE_RETCODE_DONE, r
        await asyncio.sleep(minutes * 60)
        assert await call(mt5.Close, symbol, ticket=r.order) is True


async def main():
    assert await call(mt5.initialize)
    await asyncio.gather(trader("EURUSD", 45), trader("USDJPY", 61))
    deals = await call(mt5.history_deals_get, 0, 2_000_000_000)
    print("deals", sum(d.symbol != "" for d in deals))
    mt5.shutdown()


asyncio.run(main())
