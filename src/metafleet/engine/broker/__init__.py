"""The paper broker: accounts, orders, margin and deals over the market's prices.

`client` speaks to a running broker, `ledger` is the same trading in-process,
`store` keeps it, and `python -m metafleet.engine.broker` serves it.
"""
