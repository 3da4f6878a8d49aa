"""The terminal protocol: typed messages, golden examples and a client."""
