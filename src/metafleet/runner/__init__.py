"""What runs beside a terminal: one EA instance, its durable outbox and its uplink."""
