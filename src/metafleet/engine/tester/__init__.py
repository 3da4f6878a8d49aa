"""The strategy tester: an EA over years of a market in seconds, on the paper broker's own ledger.

    supplies = {"EURUSD": open_kept(...)}
    result = run_test(TrendFollowing, Test(symbol="EURUSD"), supplies)
    result.deals, result.curve

The EA is the same object that trades live. What is skipped is only time in which nothing can happen.
"""

from metafleet.engine.tester.contract import Curve, Test, TestRefused, TestResult, TickModel

__all__ = ["Curve", "Test", "TestRefused", "TestResult", "TickModel"]
