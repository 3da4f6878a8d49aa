"""What the monitor tells the cloud that an installation runs in, and hears from it. All of it is off
unless the settings say otherwise; see docs/guides/aws-monitoring.md.
"""
