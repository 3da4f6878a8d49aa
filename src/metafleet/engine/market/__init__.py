"""The market: symbols, bars, ticks, bar files, the replay and the generator."""
