"""The `tradepods` command."""
