"""The host agent: beside the MetaTrader terminals of one machine, it reports what they are signed in to."""
