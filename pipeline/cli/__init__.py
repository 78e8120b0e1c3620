"""The command `rnn`: questions to the trained models."""
