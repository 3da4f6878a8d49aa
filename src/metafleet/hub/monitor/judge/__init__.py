"""The judge: one process that holds every account's live equity against its programme and its rules.

It reads what has changed of all tenants in one statement, thinks in memory, and writes all marks in
another; only what is news costs a transaction of its own, in which the deed (pausing, closing), how the
rule stands and the incident become true together.
"""
