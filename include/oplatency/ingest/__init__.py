"""The gate: from files and polls to facts, with an account of every row."""
