"""Hand-written cells against torch.nn's, and what it means that all steps share one."""

import pytest
import torch

from pipeline.layers.cells import CELLS, GRUCell, LSTMCell, RNNCell, Unrolled

ORIGINAL = {"rnn": torch.nn.RNNCell, "gru": torch.nn.GRUCell, "lstm": torch.nn.LSTMCell}
NETWORK = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}


def make(name, input_size=3, hidden_size=4):
    torch.manual_seed(0)
    cell = GRUCell(input_size, hidden_size, reset="after") if name == "gru" else CELLS[name](input_size, hidden_size)
    return cell.double()


def assert_equal(ours, theirs):
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


def with_gradients(states, variables):
    total = sum((k + 1.0) * state.sin().sum() for k, state in enumerate(states))
    return [*states, *torch.autograd.grad(total, variables)]


@pytest.mark.parametrize("name", sorted(CELLS))
def test_one_step_equals_torch_and_state_dicts_pass_either_way(name):
    ours, theirs = make(name), ORIGINAL[name](3, 4).double()
    theirs.load_state_dict(ours.state_dict())
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(5, 3, dtype=torch.double, requires_grad=True)
    h, c = (torch.randn(5, 4, dtype=torch.double, requires_grad=True) for _ in range(2))
    results = []
    for cell in (ours, theirs):
        if name == "lstm":
            results.append(with_gradients(cell(x, (h, c)), [x, h, c, *cell.parameters()]))
        else:
            results.append(with_gradients([cell(x, h)], [x, h, *cell.parameters()]))
    assert_equal(*results)


@pytest.mark.parametrize("name", sorted(CELLS))
def test_the_loop_over_time_equals_torch(name):
    ours, theirs = Unrolled(make(name)), NETWORK[name](3, 4, batch_first=True).double()
    theirs.load_state_dict({f"{key}_l0": value for key, value in ours.cell.state_dict().items()})
    x = torch.randn(2, 7, 3, dtype=torch.double, requires_grad=True)
    start = torch.randn(2, 2, 4, dtype=torch.double)  # h and c
    for given in (None, (start[0], start[1]) if name == "lstm" else start[0]):
        output, final = ours(x, given)
        batched = tuple(s.unsqueeze(0) for s in given) if isinstance(given, tuple) else given
        expected, last = theirs(x, batched.unsqueeze(0) if isinstance(batched, torch.Tensor) else batched)
        if name != "lstm":
            final, last = (final,), (last,)
        assert_equal(
            with_gradients([output, *final], [x, *ours.parameters()]),
            with_gradients([expected, *(s.squeeze(0) for s in last)], [x, *theirs.parameters()]),
        )


def test_reset_before_the_product_is_the_paper_s_formula():
    cell = GRUCell(3, 4).double()
    x, h = torch.randn(5, 3, dtype=torch.double), torch.randn(5, 4, dtype=torch.double)
    (w_r, w_z, w_n), (u_r, u_z, u_n) = cell.weight_ih.chunk(3), cell.weight_hh.chunk(3)
    b_r, b_z, b_n = (cell.bias_ih + cell.bias_hh).chunk(3)
    for row in range(5):
        r = torch.sigmoid(w_r @ x[row] + u_r @ h[row] + b_r)
        z = torch.sigmoid(w_z @ x[row] + u_z @ h[row] + b_z)
        n = torch.tanh(w_n @ x[row] + u_n @ (r * h[row]) + b_n)
        torch.testing.assert_close(cell(x, h)[row], (1 - z) * n + z * h[row], rtol=1e-12, atol=1e-12)
    cell.reset = "after"
    assert not torch.allclose(cell(x, h)[0], (1 - z) * n + z * h[0])


@pytest.mark.parametrize(("cell", "parameters"), [(RNNCell, 36), (GRUCell, 108), (LSTMCell, 144)])
def test_the_number_of_parameters_does_not_grow_with_the_steps(cell, parameters):
    network = Unrolled(cell(3, 4))
    for steps in (1, 20):
        network.zero_grad()
        network(torch.randn(2, steps, 3))[0].sum().backward()
        assert sum(p.numel() for p in network.parameters()) == parameters
        assert all(p.grad.shape == p.shape for p in network.parameters())


@pytest.mark.parametrize("name", sorted(CELLS))
def test_the_gradient_is_the_sum_over_the_steps(name):
    network = Unrolled(CELLS[name](3, 4).double())
    x = torch.randn(2, 6, 3, dtype=torch.double)

    def loss(states):
        return states.sin().sum()

    loss(network(x)[0]).backward()
    by_step = network.gradients_by_step(x, loss)
    for key, parameter in network.cell.named_parameters():
        assert by_step[key].shape == (6, *parameter.shape)
        torch.testing.assert_close(by_step[key].sum(0), parameter.grad, rtol=1e-10, atol=1e-12)
    assert by_step["weight_hh"][0].eq(0).all()  # the first step multiplies them by the zero state
    assert by_step["weight_hh"][1:].abs().amax((1, 2)).gt(0).all()
