"""The HTTP door: FastAPI routes over what bootstrap hands them."""
