"""The tester's way for EAs that declare (`engine.experts.declaring`): one compiled loop over whole arrays.

`running` has what `run_test` asks, `many` what a search over inputs asks. What does not fit goes on by the
ordinary loop, and a declaration is trusted only once that loop gave the same deals on a stretch.
"""
