"""Serving signals: which models there are, what they say of some bars, and the row that is written once.

For the gateway's own connections, without the ORM. Nothing here imports LightGBM: a model of trees does, when
it is first asked.
"""
