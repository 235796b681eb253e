"""Sources: bytes or rows in, staged text rows out. One module a format."""
