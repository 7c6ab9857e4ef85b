"""Venues: ccxt's exchanges, and paper on live marks."""
