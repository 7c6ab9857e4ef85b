"""Accounts in a cluster: which one is meant, how they stand, and pauses that are asked for."""
