"""The page of `rnn demo`: every exercise that has a demo.py, to try in the browser."""
