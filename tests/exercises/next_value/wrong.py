"""Wrong solutions of exercise 2 that students write: what, the right lines, theirs, and what the checker says."""

STEP = "return torch.tanh(x @ self.W.T + h @ self.U.T + self.b)"
STATE = "h = inputs.new_zeros(len(inputs), len(self.b))"
U = "self.U = nn.Parameter(torch.empty(hidden_size, hidden_size).uniform_(-bound, bound))"
W = "self.W = nn.Parameter(torch.empty(hidden_size, input_size).uniform_(-bound, bound))"
LOOP = "        for x in inputs.unbind(1):\n            h = self.step(x, h)"

WRONG = [
    ("no tanh", STEP, STEP.replace("torch.tanh", ""), "step gives other states than torch.nn.RNNCell"),
    ("a sigmoid", STEP, STEP.replace("tanh", "sigmoid"), "step gives other states than torch.nn.RNNCell"),
    ("the state before forgotten", STEP, "return torch.tanh(x @ self.W.T + self.b)", "step gives other states"),
    ("U not transposed", "h @ self.U.T", "h @ self.U", "step gives other states than torch.nn.RNNCell"),
    ("no bias added", " + self.b)", ")", "step gives other states than torch.nn.RNNCell"),
    ("tanh of the input alone", STEP, "return torch.tanh(x @ self.W.T) + h @ self.U.T + self.b", "step gives other"),
    ("a tensor that is no parameter", U, "self.U = torch.randn(hidden_size, hidden_size)", "has no parameter U"),
    ("shapes the other way round", W, W.replace("hidden_size, input_size", "input_size, hidden_size"),
     "W has the shape (3, 4) where (4, 3) is asked for"),
    ("weights of zeros", U, "self.U = nn.Parameter(torch.zeros(hidden_size, hidden_size))", "not drawn at random"),
    ("nn.RNNCell used after all", W, W + "\n        self.cell = nn.RNNCell(input_size, hidden_size)",
     "more parameters than W, U and b: cell.bias_hh"),
    ("the state begins anew at every step", "            h = self.step(x, h)", "            h = self.step(x, torch.zeros_like(h))",
     "does each step go on from the one before"),
    ("the state begins with ones", STATE, STATE.replace("new_zeros(", "new_ones("), "which one was before"),
    ("the state begins at random", STATE, "h = torch.randn(len(inputs), len(self.b))", "which one was before"),
    ("the chain cut", "h = self.step(x, h)", "h = self.step(x, h.detach())", "the chain is cut"),
    ("the loop over the batch", "inputs.unbind(1)", "inputs.unbind(0)", "the result of RNN has the shape (2, 2, 4)"),
    ("backwards in time", "inputs.unbind(1)", "inputs.flip(1).unbind(1)", "after the first step is not that"),
    ("steps and batch exchanged", "torch.stack(states, 1)", "torch.stack(states, 0)", "has the shape (1, 2, 4)"),
    ("the last state alone", "return torch.stack(states, 1)", "return h", "has the shape (2, 4) where (2, 1, 4)"),
    ("the state of the call before", LOOP,
     "        h = getattr(self, 'h', h) if len(getattr(self, 'h', h)) == len(h) else h\n"
     "        for x in inputs.unbind(1):\n            self.h = h = self.step(x, h).detach() + 0 * self.step(x, h)",
     "something is left from the call before"),
    ("states before the step", LOOP + "\n            states.append(h)",
     "        for x in inputs.unbind(1):\n            states.append(h)\n            h = self.step(x, h)",
     "after the first step is not that of torch.nn.RNN"),
    ("the first state classified", "states[:, -1]", "states[:, 0]", "the forecast does not depend on the last year"),
    ("the mean of the states", "states[:, -1]", "states.mean(1)", "something else than the last state alone"),
    ("every dimension of one dropped", ").squeeze(1)", ").squeeze()", "for one series has the shape ()"),
    ("a forecast with a dimension too many", ").squeeze(1)", ")", "the result of Forecaster has the shape (3, 1)"),
]  # fmt: skip
