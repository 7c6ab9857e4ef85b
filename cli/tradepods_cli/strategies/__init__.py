"""What `tradepods strategy` says and writes of strategies."""
