"""What an account did: trades folded from its deals (`folding`) and the figures of a report (`statistics`).

Pure: no clock and no database, for hub, runner and `metafleet run` alike.
"""
