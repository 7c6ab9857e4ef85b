"""Loops that turn time and the outside into keys to be reconciled."""
