"""The names by which layers are chosen in params.yaml."""

from typing import Literal

Cell = Literal["lstm", "gru", "rnn"]
Pool = Literal["last", "mean", "sum", "max", "attention"]
