"""How the objectives stand: budgets, how fast they burn, and what is kept of the counts."""
