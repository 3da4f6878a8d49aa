"""How well the product must do, and how often it did: defined once, counted by every process."""
