"""A matching engine of pure functions: dry runs trade on it, the exchange simulator keeps its books by it."""
