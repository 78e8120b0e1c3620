"""Wrong solutions of exercise 4 that students write: what, the right lines, theirs, and what the checker says."""

PARAMETER = "self.weight = nn.Parameter(weight)"
FREEZE = "self.weight.requires_grad_(not frozen)"
LOOK_UP = "return self.weight[tokens].masked_fill((tokens == 0).unsqueeze(-1), 0.0)"
PACKED = "return tokens._replace(data=self(tokens.data))"

WRONG = [
    ("frozen embedding trained", FREEZE, "self.frozen = frozen", "a frozen table is trained"),
    ("frozen the wrong way round", "(not frozen)", "(frozen)", "training does not change vectors"),
    ("frozen in the forward pass", FREEZE, "self.frozen = frozen\n        self.training = not frozen",
     "a frozen table is trained"),
    ("freeze without a way back", FREEZE, "if frozen:\n            self.weight.requires_grad_(False)",
     "is not trained again"),
    ("freeze at the beginning alone", FREEZE,
     "if not hasattr(self, 'set'):\n            self.weight.requires_grad_(not frozen)\n        self.set = True",
     "after freeze(), a step of training still changes the table"),
    ("the old gradient left", "        self.weight.grad = None\n", "", "after freeze(), a step of training still changes"),
    ("a table that is no parameter", PARAMETER, "self.weight = weight.requires_grad_()", "no nn.Parameter called weight"),
    ("another name for the table", PARAMETER, "self.table = self.weight_ = nn.Parameter(weight)", "'Embedding' object"),
    ("padding forgotten", "        weight[0] = 0.0\n", "", "the row of padding is not zero"),
    ("padding is the last row", "weight[0] = 0.0", "weight[-1] = 0.0", "the row of padding is not zero"),
    ("padding trained", LOOK_UP, "return self.weight[tokens]", "training changes the row of padding"),
    ("padding of another number", "tokens == 0", "tokens == 1", "a token does not get its row"),
    ("vectors not copied", "vectors.clone()", "vectors", "the caller's vectors were changed"),
    ("vectors ignored", "torch.randn(words, size) if vectors is None else vectors.clone()", "torch.randn(words, size)",
     "does not begin with the vectors that were given"),
    ("vectors given are frozen", FREEZE, "self.weight.requires_grad_(not frozen and bool(self.weight.abs().max() < 1))",
     "training does not change vectors"),
    ("a table of zeros", "torch.randn(words, size) if", "torch.zeros(words, size) if", "drawn at random"),
    ("one vector for all words", "torch.randn(words, size) if", "torch.randn(1, size).repeat(words, 1) if", "do not differ from each other"),
    ("the table the other way round", "torch.randn(words, size) if", "torch.randn(size, words) if", "has the shape (4, 9)"),
    ("no gradient", "self.weight[tokens].masked_fill", "self.weight.data[tokens].masked_fill", "does not change vectors of words that were read"),
    ("whole sentences only", LOOK_UP, "return self.weight[tokens].masked_fill((tokens == 0)[:, :, None], 0.0)",
     "IndexError"),
    ("packed tokens unpacked", PACKED, "return self(tokens.data)", "give a Tensor, not a PackedSequence"),
    ("the order of packing lost", PACKED, "return PackedSequence(self(tokens.data), tokens.batch_sizes)",
     "lose their order"),
    ("one number too far", "self.weight[tokens].masked_fill", "self.weight[tokens - 1].masked_fill",
     "a token does not get its row of the table"),
]  # fmt: skip
