"""Wrong solutions of the additional challenge that students write: what, the right lines, theirs, what is said."""

TARGETS = "targets = text[1 : length * count + 1].view(count, length)"
INPUTS = "inputs = text[: length * count].view(count, length)"
DRAW = "return torch.multinomial((scores / temperature).softmax(0), 1)[0]"
LOOP = (
    "        while len(written) < length:\n            scores, state = model(letters.unsqueeze(0), state)\n"
    "            letters = draw(scores[0, -1], temperature).view(1)\n            written.append(int(letters))\n"
)
STATE = "scores, state = model(letters.unsqueeze(0), state)"

WRONG = [
    ("the letter itself to predict", TARGETS, TARGETS.replace("1 : length * count + 1", ": length * count"), "can be copied"),
    ("the letter before to predict", TARGETS, "targets = inputs.roll(1)", "is not the letter after it"),
    ("targets turned round within the stream", TARGETS, "targets = inputs.roll(-1, 1)", "is not the letter after it"),
    ("streams that lie across", INPUTS + "\n    " + TARGETS,
     "inputs = text[: length * count].view(length, count).T\n    targets = text[1 : length * count + 1].view(length, count).T",
     "does not go on where it ended in the first"),
    ("one letter too many", "length = (len(text) - 1) // count", "length = len(text) // count", "invalid for input of size"),
    ("steps that overlap", "range(0, length - steps + 1, steps)", "range(0, length - steps + 1)", "2 batches of 2 steps, and 3 came"),
    ("the last batch forgotten", "range(0, length - steps + 1, steps)", "range(0, length - steps, steps)", "and 1 came"),
    ("a batch that is too short", "range(0, length - steps + 1, steps)", "range(0, length, steps)", "where (2, 4) is asked for"),
    ("batches in any order", "range(0, length - steps + 1, steps)", "reversed(range(0, length - steps + 1, steps))",
     "does not go on where it ended in the first"),
    ("the state ignored", "self.lstm(self.embedding(letters), state)", "self.lstm(self.embedding(letters))", "is the state used?"),
    ("h without c", "outputs, state = self.lstm(self.embedding(letters), state)",
     "outputs, (h, c) = self.lstm(self.embedding(letters), None if state is None else (state[0], torch.zeros_like(state[1])))\n        state = (h, c)",
     "is the state used?"),
    ("no state given back", "return self.output(outputs), state", "return self.output(outputs)", "Writer should give 2 results"),
    ("the last step alone", "return self.output(outputs), state", "return self.output(outputs[:, -1]), state", "has the shape (3, 7)"),
    ("every dimension of one dropped", "return self.output(outputs), state", "return self.output(outputs).squeeze(), state",
     "for one letter has the shape (7,)"),
    ("a softmax at the end", "return self.output(outputs), state", "return self.output(outputs).softmax(2), state", "the scores are not"),
    ("the history carried", "return h.detach(), c.detach()", "return h, c", "the carried h still hangs"),
    ("the history of c carried", "return h.detach(), c.detach()", "return h.detach(), c", "the carried c still hangs"),
    ("h carried twice", "return h.detach(), c.detach()", "return h.detach(), h.detach()", "the carried c has other numbers"),
    ("always the likeliest", DRAW, "return scores.argmax()", "always gives the same letter"),
    ("temperature forgotten", "(scores / temperature)", "scores", "near 0"),
    ("multiplied by the temperature", "scores / temperature", "scores * temperature", "near 0"),
    ("divided after the softmax", "(scores / temperature).softmax(0)", "scores.softmax(0) / temperature", "near 0"),
    ("scores as probabilities", "(scores / temperature).softmax(0)", "(scores / temperature).clamp(min=0)", "near 0"),
    ("any letter", DRAW, "return torch.randint(0, len(scores), ())", "letters that have no chance"),
    ("a list of one letter", "softmax(0), 1)[0]", "softmax(0), 1)", "what draw gives has the shape (1,)"),
    ("the seed given back as well", "    return written\n", "    return seed.tolist() + written\n", "4 letters were asked for, and 7 came"),
    ("the state lost", STATE, "scores, _ = model(letters.unsqueeze(0), state)", "the state gets lost"),
    ("the state after the seed for every letter", LOOP,
     "        scores, state = model(letters.unsqueeze(0), None)\n        for _ in range(length):\n"
     "            letters = draw(scores[0, -1], temperature).view(1)\n            written.append(int(letters))\n"
     "            scores, _ = model(letters.view(1, 1), state)\n",
     "call 3 of the network goes on from the state after 3 letters, not after 4"),
    ("the seed read again each time",
     "letters = draw(scores[0, -1], temperature).view(1)\n            written.append(int(letters))",
     "letters = torch.cat([letters, draw(scores[0, -1], temperature).view(1)])\n            written.append(int(letters[-1]))",
     "reads letters again"),
    ("the first step's scores", "draw(scores[0, -1], temperature)", "draw(scores[0, 0], temperature)", "after the seed's last letter"),
    ("the last letter of the seed alone", "letters, state = seed, None", "letters, state = seed[-1:], None", "does not read the seed first"),
    ("one letter too few", "while len(written) < length", "while len(written) < length - 1", "4 letters were asked for, and 3 came"),
]  # fmt: skip
