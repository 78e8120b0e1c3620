"""Wrong solutions of exercise 10 that students write: what, the right lines, theirs, and what the checker says."""

LSTM = "self.lstm = nn.LSTM(size, size, batch_first=True, bidirectional=bidirectional)"
PACK = "packed = pack_padded_sequence(self.embedding(words), lengths, batch_first=True, enforce_sorted=False)"
UNPACK = "outputs, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=words.shape[1])"
LOSS = "return cross_entropy(scores[mask], tags[mask])"
RIGHT = "return (scores.argmax(2) == tags)[mask].float().mean().item()"

WRONG = [
    ("packing forgotten", f"{PACK}\n        {UNPACK}", "outputs, _ = self.lstm(self.embedding(words))",
     "with both directions, a sentence gets other scores in a batch"),
    ("always one direction", "bidirectional=bidirectional)", "bidirectional=False)", "the LSTM has bidirectional=False"),
    ("always both directions", "bidirectional=bidirectional)", "bidirectional=True)", "the LSTM has bidirectional=True"),
    ("output of one direction", "size * (2 if bidirectional else 1)", "size", "mat1 and mat2 shapes cannot be multiplied"),
    ("the forward half alone", "return self.output(outputs)",
     "return self.output(torch.cat([outputs[..., : outputs.shape[2] // 2]] * 2, 2) if self.lstm.bidirectional else outputs)",
     "not those of the states of each word"),
    ("both halves added", "return self.output(outputs)",
     "half = outputs.shape[2] // 2\n        return self.output(torch.cat([outputs[..., :half] + outputs[..., half:]] * 2, 2) if self.lstm.bidirectional else outputs)",
     "not those of the states of each word"),
    ("sorted batch not unsorted", PACK,
     "lengths, order = lengths.sort(descending=True)\n        packed = pack_padded_sequence(self.embedding(words[order]), lengths, batch_first=True)",
     "a sentence gets other scores in a batch than alone"),
    ("batch not sorted", ", enforce_sorted=False", "", "enforce_sorted"),
    ("the width of the batch lost", ", total_length=words.shape[1]", "", "the result of a wide batch has the shape (2, 5, 3)"),
    ("one state for the sentence", f"        {UNPACK}\n        return self.output(outputs)",
     "        outputs, (h, _) = self.lstm(packed)\n        return self.output(h.transpose(0, 1).flatten(1))", "has the shape (2, 3)"),
    ("padding unpacked first", UNPACK, UNPACK.replace("batch_first=True, ", ""), "has the shape"),
    ("every dimension of one dropped", "return self.output(outputs)", "return self.output(outputs).squeeze()",
     "for one sentence has the shape (3, 3)"),
    ("a softmax at the end", "return self.output(outputs)", "return self.output(outputs).softmax(2)", "states of each word"),
    ("reversed by flip", f"{PACK}\n        {UNPACK}",
     "vectors = self.embedding(words)\n        outputs = self.lstm(vectors)[0]\n        outputs = (outputs + self.lstm(vectors.flip(1))[0].flip(1)) / 2",
     "not those of the states of each word"),
    ("padding in the loss", LOSS, "return cross_entropy(scores.flatten(0, 1), tags.flatten())", "tags in the padding change"),
    ("tag 0 for padding", LOSS, "return cross_entropy(scores.flatten(0, 1), tags.flatten(), ignore_index=0)", "mean cross-entropy of all words"),
    ("divided by all places", LOSS, "return cross_entropy(scores[mask], tags[mask], reduction='sum') / tags.numel()",
     "the loss comes out smaller"),
    ("a number for the loss", LOSS, "return torch.tensor(cross_entropy(scores[mask], tags[mask]).item())",
     "of the loss does not reach the scores"),
    ("a sum for the mean", LOSS, "return cross_entropy(scores[mask], tags[mask], reduction='sum')", "mean cross-entropy of all"),
    ("a mean of means", LOSS,
     "return torch.stack([cross_entropy(s[:n], t[:n]) for s, t, n in zip(scores, tags, lengths)]).mean()",
     "with padding, the loss"),
    ("softmax before the loss", LOSS, "return cross_entropy(scores[mask].softmax(1), tags[mask])", "mean cross-entropy of all"),
    ("classes in the wrong place", LOSS, "return cross_entropy(scores, tags)", "RuntimeError: Expected target size [3, 3], got [3, 4]"),
    ("reshaped instead of transposed", LOSS, "return cross_entropy(scores.reshape(len(tags), -1, tags.shape[1]), tags)",
     "mean cross-entropy of all words"),
    ("padding in the accuracy", RIGHT, "return (scores.argmax(2) == tags).float().mean().item()", "padding counts as right"),
    ("per cent", RIGHT, RIGHT.replace(".item()", ".item() * 100"), "is no share of one"),
    ("right ones by all places", RIGHT, "return ((scores.argmax(2) == tags) & mask).float().mean().item()", "the accuracy is 0.625"),
]  # fmt: skip
