"""Loops that turn the outside into calls of the engine."""
