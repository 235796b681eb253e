"""Which operations slow down together."""
