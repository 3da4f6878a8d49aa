"""What each environment costs in a month, out of its sizes and the price file."""
