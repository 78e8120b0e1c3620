"""Wrong solutions of exercise 6 that students write: what, the right lines, theirs, and what the checker says."""

ONE = "return torch.cat([lstm(sequence.unsqueeze(0))[1][0][-1] for sequence in sequences])"
LAST = "    outputs, _ = lstm(pad_sequence(sequences, batch_first=True))\n    return outputs[torch.arange(len(sequences)), lengths - 1]"
PACK = "    _, (h, _) = lstm(pack_padded_sequence(batch, lengths, batch_first=True, enforce_sorted=False))\n    return h[-1]"
SORTED = "    lengths, order = lengths.sort(descending=True)\n    _, (h, _) = lstm(pack_padded_sequence(batch[order], lengths, batch_first=True))\n"
BUCKETS = "    batches = lengths.argsort().split(batch_size)"

WRONG = [
    ("the cell for the state", ONE, ONE.replace("[1][0][-1]", "[1][1][-1]"), "even the longest sequence does not get"),
    ("a batch of one forgotten", ONE, ONE.replace(".unsqueeze(0)", ""), "has the shape (16,)"),
    ("sequence as a batch", ONE, ONE.replace("unsqueeze(0)", "unsqueeze(1)"), "the result of one_by_one has the shape (13, 4)"),
    ("all outputs", ONE, "return torch.cat([lstm(sequence.unsqueeze(0))[0][0] for sequence in sequences])", "has the shape"),
    ("without gradients", ONE, "with torch.no_grad():\n        " + ONE, "no gradient comes through one_by_one"),
    ("the last column instead of the last step", "outputs[torch.arange(len(sequences)), lengths - 1]", "outputs[:, -1]",
     "padded: a short sequence gets another state than alone"),
    ("the final state of a padded batch", LAST, "    return lstm(pad_sequence(sequences, batch_first=True))[1][0][-1]",
     "padded: a short sequence gets another state than alone"),
    ("one step too few", "lengths - 1]", "(lengths - 2).clamp(min=0)]", "padded: even the longest sequence"),
    ("the mean of the outputs", "outputs[torch.arange(len(sequences)), lengths - 1]", "outputs.mean(1)", "even the longest"),
    ("batch_first forgotten", "outputs, _ = lstm(pad_sequence(sequences, batch_first=True))",
     "outputs, _ = lstm(pad_sequence(sequences))", "IndexError: index 5 is out of bounds"),
    ("padded one by one", LAST, "    return one_by_one(lstm, sequences)", "padded calls the LSTM 4 times"),
    ("packed without packing", PACK, "    return padded(lstm, sequences)", "a batch that is not packed"),
    ("padded with packing", LAST, "    return packed(lstm, sequences)", "a batch that is packed"),
    ("sorted batch not unsorted", PACK, SORTED + "    return h[-1]", "packed gives the states in another order"),
    ("put back by the wrong permutation", PACK, SORTED + "    return h[-1][order]", "packed gives the states in another order"),
    ("batch not sorted", ", enforce_sorted=False", "", "enforce_sorted"),
    ("lengths of the whole batch", PACK, PACK.replace("lengths,", "torch.full_like(lengths, batch.shape[1]),"),
     "packed: a short sequence gets another state"),
    ("every dimension of one dropped", "    return h[-1]", "    return h.squeeze()", "packed for one sequence has the shape (4,)"),
    ("lengths for rows", BUCKETS, "    batches = lengths.sort().values.split(batch_size)", "are they lengths?"),
    ("not sorted", "lengths.argsort()", "torch.randperm(len(lengths))", "in two batches: one goes from"),
    ("not shuffled", "return [batches[place] for place in torch.randperm(len(batches))]", "return list(batches)",
     "always come in the same order"),
    ("the short batch dropped", BUCKETS, BUCKETS + "\n    batches = [rows for rows in batches if len(rows) == batch_size]",
     "of 10 rows, the batches hold 9"),
    ("so many batches for so large ones", "split(batch_size)", "chunk(batch_size)", "came out in batches of [2, 4, 4]"),
    ("waste without the rows", "len(rows) * int(lengths[rows].max())", "int(lengths[rows].max())", "though there is no padding"),
    ("the longest of all", "int(lengths[rows].max()) for", "int(lengths.max()) for", "two batches, one without padding"),
    ("the share of what is used", "return 1 - sum(", "return sum(", "though there is no padding"),
]  # fmt: skip
