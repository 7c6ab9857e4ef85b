"""Loops that turn the outside into events, and what is owed into messages."""
