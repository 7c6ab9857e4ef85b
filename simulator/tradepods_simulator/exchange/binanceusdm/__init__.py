"""Binance USD-M's REST and websocket protocol, as its documents and its clients have it."""
