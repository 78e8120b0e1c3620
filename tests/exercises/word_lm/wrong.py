"""Wrong solutions of exercise 7 that students write: what, the right lines, theirs, and what the checker says."""

PACK = "packed = pack_padded_sequence(self.embedding(inputs), lengths, batch_first=True, enforce_sorted=False)"
RUN = "outputs, state = self.gru(packed, state)"
UNPACK = "states, _ = pad_packed_sequence(outputs, batch_first=True, total_length=inputs.shape[1])"
TARGET = "targets[row, : len(line)] = torch.cat([line[1:], torch.tensor([end])])"
LOSS = 'summed = cross_entropy(scores.flatten(0, 1), targets.flatten(), ignore_index=0, reduction="sum")'
MEAN = "return float(torch.tensor(sum(losses) / sum(words)).exp())"

WRONG = [
    ("the word itself to predict", TARGET, "targets[row, : len(line)] = line", "it can be copied"),
    ("the word before to predict", TARGET, "targets[row, : len(line)] = torch.cat([torch.tensor([end]), line[:-1]])",
     "is not the next word of its line"),
    ("no end of line", TARGET, "targets[row, : len(line) - 1] = line[1:]", "is not the end of the line"),
    ("shifted by two", TARGET, "targets[row, : len(line)] = torch.cat([line[2:], torch.tensor([end, end])])[: len(line)]",
     "is not the next word of its line"),
    ("the end at the end of the batch", TARGET, TARGET.replace("torch.cat([line[1:], torch.tensor([end])])", "torch.cat([line[1:], torch.tensor([0])])") + "\n        targets[row, -1] = end",
     "is not the end of the line"),
    ("lengths of floats", "tensor([len(line) for", "tensor([float(len(line)) for", "the lengths are of type torch.float32"),
    ("lengths with the end", "lengths = torch.tensor([len(line) for line in lines])", "lengths = torch.tensor([len(line) + 1 for line in lines])",
     "get the lengths [4, 7, 2, 5]"),
    ("packing forgotten", f"{PACK}\n        {RUN}\n        {UNPACK}", "states, state = self.gru(self.embedding(inputs), state)",
     "has it read padding?"),
    ("the state ignored", RUN, "outputs, state = self.gru(packed)", "every batch begins anew"),
    ("the state remembered by the network", RUN,
     "if state is None:\n            state = getattr(self, 'kept', None)\n        outputs, state = self.gru(packed, state)\n        self.kept = state.detach()",
     "something is left from the call before"),
    ("a random state to begin with", RUN, "state = torch.randn(1, len(inputs), 4) if state is None else state\n        " + RUN,
     "something is left from the call before"),
    ("ones to begin with", RUN, "state = torch.ones(1, len(inputs), 4) if state is None else state\n        " + RUN,
     "does not begin at zero"),
    ("sorted batch not unsorted", PACK,
     "lengths, order = lengths.sort(descending=True)\n        packed = pack_padded_sequence(self.embedding(inputs[order]), lengths, batch_first=True)",
     "mind padding and order"),
    ("the last output for the state", "return self.output(states), state", "return self.output(states), states[:, -1].unsqueeze(0)",
     "has it read padding?"),
    ("every dimension of one dropped", "return self.output(states), state", "return self.output(states).squeeze(), state",
     "for one line has the shape (3, 12)"),
    ("no state given back", "return self.output(states), state", "return self.output(states)", "should give 2 results"),
    ("the history carried", "return state.detach()", "return state", "still hangs on the batch before"),
    ("nothing carried", "return state.detach()", "return torch.zeros_like(state)", "other numbers than the state"),
    ("a clone for detach", "return state.detach()", "return state.clone()", "still hangs on the batch before"),
    ("padding in the loss", "ignore_index=0, ", "", "padding adds to the loss"),
    ("padding counted", "int((targets != 0).sum())", "targets.numel()", "padding is counted among the words"),
    ("lines counted", "int((targets != 0).sum())", "len(targets)", "and 2 are counted"),
    ("the mean for the sum", LOSS, LOSS.replace(', reduction="sum"', ""), "the mean of the batch, not the sum"),
    ("a number for the loss", "return summed, int(", "return torch.tensor(summed.item()), int(", "of the loss does not reach the scores"),
    ("softmax before the loss", "scores.flatten(0, 1), targets", "scores.softmax(2).flatten(0, 1), targets",
     "not the sum of the cross-entropies"),
    ("end of line not counted", "ignore_index=0", "ignore_index=2", "not the sum of the cross-entropies"),
    ("a mean of perplexities", MEAN,
     "return sum(float(torch.tensor(one / count).exp()) for one, count in zip(losses, words)) / len(words)",
     "does each word count alike"),
    ("a mean of means", MEAN, "return float(torch.tensor(sum(one / count for one, count in zip(losses, words)) / len(words)).exp())",
     "does each word count alike"),
    ("no exponential", MEAN, "return sum(losses) / sum(words)", "the perplexity is 1.95"),
    ("two to the power", MEAN, "return 2 ** (sum(losses) / sum(words))", "the perplexity is 3.85"),
]  # fmt: skip
