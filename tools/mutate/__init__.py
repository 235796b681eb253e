"""Mutation testing of the statistics."""
