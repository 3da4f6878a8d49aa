"""Market data as others wrote it: reading, checking and repairing files, and keeping them as arrays."""
