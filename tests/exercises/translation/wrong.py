"""Wrong solutions of exercises 8 and 11 that students write: what, the right lines, theirs, what the checker says."""

PACK = "packed = pack_padded_sequence(self.embedding(words), lengths, batch_first=True, enforce_sorted=False)"
UNPACK = "states, _ = pad_packed_sequence(outputs, batch_first=True, total_length=words.shape[1])"
WEIGHTS = 'weights = scores.masked_fill(~mask, float("-inf")).softmax(1)'
LUONG = "return (query.unsqueeze(1) * self.W(states)).sum(2)"
BAHDANAU = "return self.v(torch.tanh(self.W(query).unsqueeze(1) + self.U(states))).squeeze(2)"

WRONG = [
    ("packing forgotten", f"{PACK}\n        outputs, last = self.gru(packed)\n        {UNPACK}",
     "states, last = self.gru(self.embedding(words))", "the last state is not that of the sentence's last word"),
    ("the last column for the last state", "return states, last[-1]", "return states, states[:, -1]", "the last state is not that"),
    ("sorted batch not unsorted", PACK,
     "lengths, order = lengths.sort(descending=True)\n        packed = pack_padded_sequence(self.embedding(words[order]), lengths, batch_first=True)",
     "a sentence has other states in a batch than alone"),
    ("batch not sorted", ", enforce_sorted=False", "", "enforce_sorted"),
    ("the width of the batch lost", ", total_length=words.shape[1]", "", "wider than its longest sentence has the shape (2, 5, 4)"),
    ("not unpacked", f"{UNPACK}\n        return states, last[-1]", "return outputs, last[-1]", "is of type PackedSequence"),
    ("layers not taken off", "last[-1]", "last", "the last state of Encoder has the shape (1, 4, 4)"),
    ("lengths given back as well", "return states, last[-1]", "return states, last[-1], lengths", "should give 2 results"),
    ("mask forgotten", WEIGHTS, "weights = scores.softmax(1)", "padding gets a weight that is not zero"),
    ("zero for minus infinity", 'float("-inf")', "0.0", "padding gets a weight that is not zero"),
    ("mask after the softmax", WEIGHTS, "weights = scores.softmax(1).masked_fill(~mask, 0.0)", "do not add up to one"),
    ("the mask the other way round", "masked_fill(~mask", "masked_fill(mask", "not finite"),
    ("softmax over the batch", WEIGHTS, WEIGHTS.replace("softmax(1)", "softmax(0)"), "do not add up to one"),
    ("no softmax", WEIGHTS, "weights = scores.masked_fill(~mask, 0.0)", "a weight is below zero"),
    ("a sigmoid", WEIGHTS, "weights = scores.sigmoid().masked_fill(~mask, 0.0)", "do not add up to one"),
    ("a mean of weighted states", "(weights.unsqueeze(2) * states).sum(1), weights", "(weights.unsqueeze(2) * states).mean(1), weights",
     "the context is not the sum of the states by these weights"),
    ("scores by states", "(weights.unsqueeze(2) * states)", "(scores.unsqueeze(2) * states)", "the context is not the sum"),
    ("weights not given back", ".sum(1), weights", ".sum(1)", "should give 2 results"),
    ("Luong without W", LUONG, "return (query.unsqueeze(1) * states).sum(2)", "the scores of Luong are not those of its formula"),
    ("Luong's W on the query", LUONG, "return (self.W(query).unsqueeze(1) * states).sum(2)", "the scores of Luong are not those"),
    ("Luong divided", LUONG, LUONG + " / query.shape[1] ** 0.5", "the scores of Luong are not those of its formula"),
    ("Luong summed over the steps", LUONG, LUONG.replace("sum(2)", "sum(1)"), "the scores of Luong has the shape (3, 4)"),
    ("Bahdanau without tanh", BAHDANAU, BAHDANAU.replace("torch.tanh", ""), "the scores of Bahdanau are not those"),
    ("W and U exchanged", BAHDANAU, "return self.v(torch.tanh(self.U(query).unsqueeze(1) + self.W(states))).squeeze(2)",
     "the scores of Bahdanau are not those"),
    ("Bahdanau's last dimension left", BAHDANAU, BAHDANAU.replace(".squeeze(2)", ""), "has the shape (3, 5, 1)"),
    ("tanh of each alone", BAHDANAU, "return self.v(torch.tanh(self.W(query)).unsqueeze(1) + torch.tanh(self.U(states))).squeeze(2)",
     "the scores of Bahdanau are not those"),
    ("the state before asks", "        h = self.cell(self.embedding(word), h)\n        context, weights = attend(self.attention(h, states)",
     "        before, h = h, self.cell(self.embedding(word), h)\n        context, weights = attend(self.attention(before, states)",
     "the state before asks"),
    ("context before state", "torch.cat([h, context], 1)), h", "torch.cat([context, h], 1)), h", "in this order"),
    ("no context", "torch.cat([h, context], 1)), h", "torch.cat([h, h], 1)), h", "not made of new state and context"),
    ("the old state handed on", "1)), h, weights", "1)), h * 0 + 1, weights", "the new state is not what the cell makes"),
]  # fmt: skip
