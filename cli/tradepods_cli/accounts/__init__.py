"""What `tradepods account` does: asks, tests keys, writes manifests, shows the fleet."""
