"""Try uploaded EAs out: `sandbox` runs one in a process that is shut in, `trying` does what is due."""
