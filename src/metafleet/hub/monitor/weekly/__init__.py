"""The weekly report: a desk's week in figures, as a mail."""
