"""Prop firms' programmes: what they demand (`terms`), equity marks (`marks`), and the verdict on them.

Pure: no clock and no database, for hub and runner alike.
"""
