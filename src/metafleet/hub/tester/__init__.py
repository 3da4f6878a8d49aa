"""Backtests: an EA over the past, asked for by a person, done by a worker in a process of its own."""
