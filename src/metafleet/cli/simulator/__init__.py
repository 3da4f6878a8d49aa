"""A fleet of simulated terminals: load, demonstration and proof in one."""
