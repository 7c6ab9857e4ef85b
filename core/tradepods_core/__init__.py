"""The domain of Tradepods: values and pure functions, without clock, files, network or ports."""
