"""Right solutions that differ from the project's own: none of them is refused."""

import pytest

from tests.checking.test_wrong_solutions import SOLUTIONS, said

# The exercise, what is different, and pairs of the project's lines and the student's
RIGHT = [
    ("speech", "packed, steps first", [("num_layers=layers, batch_first=True", "num_layers=layers")]),
    ("tagging", "packed, steps first", [("nn.LSTM(size, size, batch_first=True", "nn.LSTM(size, size")]),
    ("parity", "steps first", [
        ("nn.GRU(size, size, batch_first=True)", "nn.GRU(size, size)"),
        ("outputs, _ = self.gru(self.embedding(tokens))", "outputs, _ = self.gru(self.embedding(tokens.T))"),
        ("outputs[torch.arange(len(lengths)), lengths - 1]", "outputs[lengths - 1, torch.arange(len(lengths))]"),
    ]),
    ("pooling", "v begins with zeros", [
        ("self.context = nn.Linear(size, 1, bias=False)",
         "self.context = nn.Linear(size, 1, bias=False)\n        nn.init.zeros_(self.context.weight)"),
    ]),
    ("pooling", "v with a bias", [("nn.Linear(size, 1, bias=False)", "nn.Linear(size, 1)")]),
    ("embeddings", "small vectors", [("torch.randn(words, size) if", "1e-3 * torch.randn(words, size) if")]),
    ("packing", "Python's own shuffle", [
        ("import time\n", "import random\nimport time\n"),
        ("[batches[place] for place in torch.randperm(len(batches))]", "random.sample(batches, len(batches))"),
    ]),
    ("pooling", "a loop over the batch", [
        ("return states.masked_fill(~mask, 0.0).sum(1) / lengths.unsqueeze(1)",
         "return torch.stack([one[:length].mean(0) for one, length in zip(states, lengths)])"),
    ]),
    ("packing", "sequences without a batch", [
        ("torch.cat([lstm(sequence.unsqueeze(0))[1][0][-1] for", "torch.stack([lstm(sequence)[0][-1] for"),
    ]),
    ("char_lm", "the seed letter by letter", [
        ("        while len(written) < length:\n            scores, state = model(letters.unsqueeze(0), state)\n",
         "        for letter in seed:\n            scores, state = model(letter.view(1, 1), state)\n"
         "        while len(written) < length:\n"),
        ("            written.append(int(letters))\n",
         "            written.append(int(letters))\n            scores, state = model(letters.view(1, 1), state)\n"),
    ]),
    ("translation", "the lowest number for minus infinity", [('float("-inf")', "torch.finfo(scores.dtype).min")]),
    ("tagging", "ignore_index for the mask", [
        ("return cross_entropy(scores[mask], tags[mask])",
         "return cross_entropy(scores.transpose(1, 2), tags.masked_fill(~mask, -100), ignore_index=-100)"),
    ]),
    ("sentiment", "letters and digits named", [
        ("[\\w']+|[^\\w\\s]", "[a-z0-9']+|[^a-z0-9'\\s]"),
    ]),
    ("next_value", "an index for squeeze", [("states[:, -1]).squeeze(1)", "states[:, -1])[:, 0]")]),
]  # fmt: skip


@pytest.mark.parametrize(("exercise", "what", "pairs"), RIGHT, ids=[f"{case[0]}: {case[1]}" for case in RIGHT])
def test_a_right_solution_passes(exercise, what, pairs, tmp_path):
    text = SOLUTIONS[exercise]
    for ours, theirs in pairs:
        assert text.count(ours) == 1, f"{what}: the solution has these lines {text.count(ours)} times: {ours}"
        text = text.replace(ours, theirs)
    assert said(exercise, text, tmp_path) == []
