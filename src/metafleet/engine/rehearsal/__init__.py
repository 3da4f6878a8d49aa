"""A program written for MetaTrader's package, run unmodified: its clock, its module, its own end.

`clock` and `following` give it the market's time, `program` runs it as Python would, `recorder` looks at its
account meanwhile.
"""
