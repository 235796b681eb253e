"""Pure statistics: arrays in, arrays or frozen dataclasses out. No clock, no database, no randomness."""
