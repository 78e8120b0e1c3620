"""The command `rnn`: models one can talk to."""
