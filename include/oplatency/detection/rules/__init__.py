"""One module per detection rule."""
