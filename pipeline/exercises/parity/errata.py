"""The sheet's own snippets, written anew as short as they can be: each shows what goes wrong, and what mends it.

What they print is put into the report: numbers, shapes and messages, without words of any language.
"""

import contextlib
import io
from functools import cache

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence


def padding_is_a_digit() -> None:
    sequences = [torch.tensor([7]), torch.tensor([7, 0])]
    print(pad_sequence(sequences, batch_first=True, padding_value=0).tolist())
    # Digits 1 to 10 leave 0 to the padding:
    print(pad_sequence([digits + 1 for digits in sequences], batch_first=True, padding_value=0).tolist())


def directions_do_not_share() -> None:
    network = nn.RNN(input_size=1, hidden_size=1, bidirectional=True)
    weights = {name: value for name, value in network.named_parameters() if name.startswith("weight")}
    print(list(weights))
    print(torch.equal(weights["weight_ih_l0"], weights["weight_ih_l0_reverse"]))


def where_the_gru_resets() -> None:
    torch.manual_seed(0)
    cell, x, h = nn.GRUCell(1, 2), torch.ones(1, 1), torch.ones(1, 2)
    w_r, w_z, w_n = (x @ cell.weight_ih.T + cell.bias_ih).chunk(3, 1)
    u_r, u_z, u_n = cell.weight_hh.chunk(3)
    b_r, b_z, b_n = cell.bias_hh.chunk(3)
    r, z = torch.sigmoid(w_r + h @ u_r.T + b_r), torch.sigmoid(w_z + h @ u_z.T + b_z)
    sheet = torch.tanh(w_n + (r * h) @ u_n.T + b_n)
    pytorch = torch.tanh(w_n + r * (h @ u_n.T + b_n))
    for n in (sheet, pytorch):
        print(torch.allclose((1 - z) * n + z * h, cell(x, h)))


class CapaCompartida(nn.Module):
    def __init__(self, input_size: int, output_size: int) -> None:
        super().__init__()
        self.pesos_compartidos = nn.Linear(input_size, output_size)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.pesos_compartidos(x))
        return torch.relu(self.pesos_compartidos(x))


def shared_layer_of_two_sizes() -> None:
    try:
        CapaCompartida(784, 128)(torch.ones(1, 784))
    except RuntimeError as error:
        print(error)
    # A layer of its own brings the input to the width that the shared one needs:
    network = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), CapaCompartida(128, 128))
    print(tuple(network(torch.ones(1, 784)).shape))


def import_that_is_missing() -> None:
    try:
        print(pad_packed_sequence.__name__)  # type: ignore  # noqa: F821
    except NameError as error:
        print(error)
    # It stands beside the two that the sheet imports:
    from torch.nn.utils import rnn

    print(rnn.pad_packed_sequence.__name__)


@cache
def printed(name: str) -> str:
    """What one of the functions above prints."""
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream), torch.random.fork_rng(devices=()):
        globals()[name]()
    return stream.getvalue().rstrip()
