"""The operator at scale, on a real API server whose nodes are played by kwok; beside it one written the usual way."""
