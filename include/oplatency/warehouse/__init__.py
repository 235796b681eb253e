"""The warehouse: sessions and statements, schema, run tokens, and facts as arrays."""
