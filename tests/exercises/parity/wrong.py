"""Wrong solutions of exercise 0 that students write: what, the right lines, theirs, and what the checker says."""

PUT = "tokens[row, : len(sequence)] = torch.tensor(sequence) + 1"
ODD = "return ((tokens - 1).clamp(min=0).sum(1)) % 2"
RUN = "        outputs, _ = self.gru(self.embedding(tokens))\n        return self.output(outputs[torch.arange(len(lengths)), lengths - 1])"

WRONG = [
    ("digit 0 is padding", " + 1\n", "\n", "a digit has the token of padding"),
    ("padding in front", PUT, "tokens[row, -len(sequence) :] = torch.tensor(sequence) + 1", "the token of padding"),
    ("padding of ones", "torch.zeros(len(sequences)", "torch.ones(len(sequences)", "something else than 0 in the padding"),
    ("a batch of floats", ", dtype=torch.int64)\n    for row", ")\n    for row", "the tokens are of type torch.float32"),
    ("sorted by length", "    lengths = torch.tensor([",
     "    sequences = sorted(sequences, key=len, reverse=True)\n    lengths = torch.tensor([", "changes the order"),
    ("lengths of the batch", "len(sequence) for sequence in sequences", "max(map(len, sequences)) for _ in sequences",
     "get the lengths [6, 6, 6, 6]"),
    ("lengths of floats", "tensor([len(sequence) for", "tensor([float(len(sequence)) for", "the lengths are of type torch.float32"),
    ("sequences emptied", "    return tokens, lengths\n", "    for sequence in sequences:\n        sequence.clear()\n    return tokens, lengths\n",
     "changes the sequences"),
    ("classes of 32 bits", ODD, ODD.replace("sum(1))", "sum(1)).int()"), "odd gives torch.int32"),
    ("the tokens changed", ODD, "return tokens.sub_(1).clamp_(min=0).sum(1) % 2", "odd changes the tokens"),
    ("the tokens added up", ODD, "return tokens.sum(1) % 2", "are said to have"),
    ("padding subtracts one", ODD, "return (tokens - 1).sum(1) % 2", "are said to have"),
    ("even for odd", ODD, ODD.replace("% 2", "% 2 ^ 1"), "are said to have an odd sum"),
    ("truth values", ODD, ODD + " == 1", "odd gives torch.bool"),
    ("the sum itself", ODD, "return (tokens - 1).clamp(min=0).sum(1)", "other numbers than 0 and 1"),
    ("odd digits for an odd sum", ODD, "return ((tokens - 1).clamp(min=0) % 2).amax(1)", "are said to have"),
    ("the sum over the batch", ODD, ODD.replace("sum(1)", "sum(0)"), "the result of odd has the shape (5,)"),
    ("ten rows", "nn.Embedding(11,", "nn.Embedding(10,", "the embedding has 10 rows"),
    ("the last column instead of the last step", "outputs[torch.arange(len(lengths)), lengths - 1]", "outputs[:, -1]",
     "padding is read"),
    ("the final state of a padded batch", RUN, "        return self.output(self.gru(self.embedding(tokens))[1][0])",
     "padding is read"),
    ("one step too few", "lengths - 1]", "(lengths - 2).clamp(min=0)]", "the scores of its last step"),
    ("the mean of the states", "outputs[torch.arange(len(lengths)), lengths - 1]", "outputs.mean(1)", "of its last step"),
    ("the whole of two indices", "outputs[torch.arange(len(lengths)), lengths - 1]", "outputs[:, lengths - 1]", "has the shape (4, 4, 2)"),
    ("the first step", "outputs[torch.arange(len(lengths)), lengths - 1]", "outputs[:, 0]", "of its last step"),
    ("batch_first forgotten", "nn.GRU(size, size, batch_first=True)", "nn.GRU(size, size)", "of its last step"),
    ("every dimension of one dropped", RUN, RUN + ".squeeze()", "for one sequence has the shape (2,)"),
    ("a sigmoid at the end", RUN, RUN.replace("return self.output(", "return torch.sigmoid(self.output(") + ")", "last step"),
    ("both directions", "batch_first=True)", "batch_first=True, bidirectional=True)", "not one layer in one direction"),
    ("no gradient", "outputs[torch.arange(len(lengths)), lengths - 1]", "outputs.detach()[torch.arange(len(lengths)), lengths - 1]",
     "no gradient reaches"),
]  # fmt: skip
