"""The strategy tester beside its peers: the same bars, the same strategies, the same trades, in one run."""
