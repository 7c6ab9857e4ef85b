"""`tradepods doctor`: looks at what there is, and says what is wrong and what to do next."""
