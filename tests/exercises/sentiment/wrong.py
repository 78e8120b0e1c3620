"""Wrong solutions of exercise 3 that students write: what, the right lines, theirs, and what the checker says."""

PACK = "packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)"
RUN = "        _, (h, _) = self.lstm(packed)\n        return self.output(h[-1])"
ALL = f"        {PACK}\n{RUN}"

WRONG = [
    ("the last column instead of the last step", ALL,
     "        outputs, _ = self.lstm(self.embedding(tokens))\n        return self.output(outputs[:, -1])",
     "padding is read"),
    ("packing forgotten", ALL,
     "        _, (h, _) = self.lstm(self.embedding(tokens))\n        return self.output(h[-1])", "padding is read"),
    ("sorted batch not unsorted", ALL,
     "        lengths, order = lengths.sort(descending=True)\n"
     "        packed = pack_padded_sequence(self.embedding(tokens[order]), lengths, batch_first=True)\n" + RUN,
     "in another order than it was given"),
    ("sorted batch put back by the wrong permutation", ALL,
     "        lengths, order = lengths.sort(descending=True)\n"
     "        packed = pack_padded_sequence(self.embedding(tokens[order]), lengths, batch_first=True)\n"
     "        _, (h, _) = self.lstm(packed)\n        return self.output(h[-1][order])", "in another order"),
    ("batch not sorted for packing", ", enforce_sorted=False", "", "enforce_sorted"),
    ("batch and steps exchanged", "packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, ",
     "packed = pack_padded_sequence(self.embedding(tokens), lengths, ", "exceeds dimension size"),
    ("all lengths alike", PACK, PACK.replace("lengths,", "torch.full_like(lengths, tokens.shape[1]),"),
     "padding is read"),
    ("one step too few", PACK, PACK.replace("lengths,", "(lengths - 1).clamp(min=1),"), "last hidden state"),
    ("the cell for the state", "_, (h, _) = self.lstm(packed)", "_, (_, h) = self.lstm(packed)", "last hidden state"),
    ("the mean of the outputs", ALL,
     "        outputs, _ = self.lstm(self.embedding(tokens))\n        return self.output(outputs.mean(1))",
     "last hidden state"),
    ("a softmax at the end", "return self.output(h[-1])", "return self.output(h[-1]).softmax(1)", "last hidden state"),
    ("layers not taken off", "self.output(h[-1])", "self.output(h)", "has the shape (1, 3, 2)"),
    ("every dimension of one dropped", "self.output(h[-1])", "self.output(h.squeeze())", "for one review has the shape (2,)"),
    ("the first step's state", ALL,
     "        outputs, _ = self.lstm(self.embedding(tokens))\n        return self.output(outputs[:, 0])",
     "last hidden state"),
    ("no gradient to the words", "self.embedding(tokens)", "self.embedding(tokens).detach()", "no gradient reaches"),
    ("words cut at spaces", """re.findall(r"[\\w']+|[^\\w\\s]", text.lower())""", "text.lower().split()", "two signs"),
    ("words cut at the apostrophe", "[\\w']+|", "\\w+|", "cuts words at the apostrophe"),
    ("digits left out", "[\\w']+|", "[a-z']+|", "of 10/10: digits make words"),
    ("capitals left", "text.lower()", "text", "leaves capitals"),
    ("two places forgotten", "size - 2", "size", "a vocabulary of 4 in all came out with 5"),
    ("no special words", '["<pad>", "<unk>", *', "[*", "does not begin with <pad> and <unk>"),
    ("words in the order of the alphabet", "counts.most_common(size - 2)", "sorted(counts.items())[: size - 2]",
     "not the commonest ones"),
    ("unknown words are padding", "number.get(word, 1)", "number.get(word, 0)", "an unknown word the number 0"),
    ("unknown words left out", "[number.get(word, 1) for word in words]",
     "[number[word] for word in words if word in number]", "has the shape (2,)"),
    ("padding before the words", "tokens[row, : len(review)] = review", "tokens[row, -len(review) :] = review",
     "at the beginning of its row"),
    ("padding that is a word", "torch.zeros(len(reviews)", "torch.ones(len(reviews)", "something else than 0 behind a review"),
    ("reviews sorted by length", "    lengths = torch.tensor([",
     "    reviews = sorted(reviews, key=len, reverse=True)\n    lengths = torch.tensor([", "changes the order"),
    ("lengths of floats", "tensor([len(review) for", "tensor([float(len(review)) for", "pad gives lengths of type torch.float32"),
    ("a batch of floats", "int(lengths.max()), dtype=torch.int64)", "int(lengths.max()))", "a batch of type torch.float32"),
]  # fmt: skip
