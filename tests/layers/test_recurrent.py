"""Recurrent layers against torch.nn on packed input, and against single sequences."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from pipeline.layers.recurrent import CELLS, GRU, LSTM, RNN, reversal

ORIGINAL = {RNN: torch.nn.RNN, GRU: torch.nn.GRU, LSTM: torch.nn.LSTM}


def as_tuple(final):
    return final if isinstance(final, tuple) else (final,)


def run(network, inputs, lengths, initial):
    """Output, final state and every gradient of a fixed function of them."""
    inputs = inputs.clone().requires_grad_()
    network.zero_grad()
    output, final = network(inputs, lengths, initial)
    (output.sin().sum() + sum(state.cos().sum() for state in as_tuple(final))).backward()
    return [output, *as_tuple(final), inputs.grad, *(p.grad.clone() for p in network.parameters())]


@settings(max_examples=40)
@given(
    cell=st.sampled_from(sorted(CELLS)),
    layers=st.integers(1, 3),
    bidirectional=st.booleans(),
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    start=st.booleans(),
)
def test_equals_torch_on_packed_input(cell, layers, bidirectional, lengths, start):
    torch.manual_seed(0)
    network = CELLS[cell](3, 4, layers, bidirectional).double()
    original = ORIGINAL[type(network)](3, 4, layers, batch_first=True, bidirectional=bidirectional).double()
    original.load_state_dict(network.state_dict())
    network.load_state_dict(original.state_dict())
    steps, lengths = max(lengths) + 1, torch.tensor(lengths)
    inputs = torch.randn(len(lengths), steps, 3, dtype=torch.double)
    state = torch.randn(layers * (1 + bidirectional), len(lengths), 4, dtype=torch.double)
    initial = None if not start else (state, state.flip(0)) if cell == "lstm" else state

    def packed(inputs, lengths, initial):
        sequence = pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False)
        output, final = original(sequence, initial)
        return pad_packed_sequence(output, batch_first=True, total_length=steps)[0], final

    packed.zero_grad, packed.parameters = original.zero_grad, original.parameters
    expected = run(packed, inputs, lengths, initial)
    for kernel in ("padded", "packed"):
        network.kernel = kernel
        for ours, theirs in zip(run(network, inputs, lengths, initial), expected, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_what_lies_in_the_padding_does_not_matter(cell):
    torch.manual_seed(1)
    network = CELLS[cell](3, 4, 2, True)
    lengths = torch.tensor([5, 2, 1])
    inputs = torch.randn(3, 5, 3)
    other = inputs.clone()
    other[1, 2:], other[2, 1:] = 1e3, -1e3
    for ours, theirs in zip(run(network, inputs, lengths, None), run(network, other, lengths, None), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_bf16_is_near_fp32():
    torch.manual_seed(2)
    network = LSTM(8, 16, 1, True)
    inputs, lengths = torch.randn(4, 7, 8), torch.tensor([7, 3, 1, 5])
    exact, (_, cell) = network(inputs, lengths)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough, (_, rough_cell) = network(inputs, lengths)
    torch.testing.assert_close(rough.float(), exact, rtol=0.05, atol=0.02)
    torch.testing.assert_close(rough_cell.float(), cell, rtol=0.05, atol=0.02)


def test_dropout_acts_between_layers_in_training_only():
    torch.manual_seed(3)
    network = LSTM(3, 8, 2, dropout=0.5)
    inputs, lengths = torch.randn(2, 4, 3), torch.tensor([4, 4])
    assert not torch.equal(network(inputs, lengths)[0], network(inputs, lengths)[0])
    network.eval()
    assert torch.equal(network(inputs, lengths)[0], network(inputs, lengths)[0])


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_reversal_is_its_own_inverse_and_leaves_padding(lengths):
    index = reversal(torch.tensor(lengths), 7)
    values = torch.arange(7).expand(len(lengths), 7)
    once = values.gather(1, index)
    assert torch.equal(once.gather(1, index), values)
    for row, length in enumerate(lengths):
        assert once[row].tolist() == [*reversed(range(length)), *range(length, 7)]


@pytest.mark.parametrize("bias", [None, 0.0])
def test_the_forget_gate_begins_open(bias):
    network = LSTM(3, 4, 2, bidirectional=True)
    if bias is not None:
        network.set_forget_bias(bias)
    weights = dict(network.named_parameters())
    for place in ("l0", "l0_reverse", "l1", "l1_reverse"):
        both = weights[f"bias_ih_{place}"] + weights[f"bias_hh_{place}"]
        torch.testing.assert_close(both[4:8], torch.full((4,), 1.0 if bias is None else bias))
        assert (both[:4] != 1).all() and (both[8:] != 1).all()
