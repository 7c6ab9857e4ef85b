"""The outside: market data, files, HTTP; one library each."""
