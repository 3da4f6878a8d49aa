"""`metafleet run SCRIPT`: a program written for MetaTrader's package, on a paper terminal of its own."""
