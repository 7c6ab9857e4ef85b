"""One library each; its exceptions end here."""
