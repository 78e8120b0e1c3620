"""Wrong solutions of exercise 1 that students write: what, the right lines, theirs, and what the checker says."""

LOOP = "        for _ in range(3):\n            h = torch.relu(self.hidden(h))\n        return self.output(h)"
LIST = "self.hidden = nn.ModuleList(nn.Linear(hidden_size, hidden_size) for _ in range(3))"
HIDDEN = "self.hidden = nn.Linear(hidden_size, hidden_size)"

WRONG = [
    ("three layers for one", HIDDEN,
     HIDDEN + "\n        self.hidden2 = nn.Linear(hidden_size, hidden_size)\n"
     "        self.hidden3 = nn.Linear(hidden_size, hidden_size)", "too many: which layers are not shared"),
    ("applied once", "range(3):\n            h = torch.relu(self.hidden(h))", "range(1):\n            h = torch.relu(self.hidden(h))",
     "applies its hidden layer 1 times"),
    ("applied twice", "range(3):\n            h = torch.relu(self.hidden(h))", "range(2):\n            h = torch.relu(self.hidden(h))",
     "applies its hidden layer 2 times"),
    ("applied four times", "range(3):\n            h = torch.relu(self.hidden(h))", "range(4):\n            h = torch.relu(self.hidden(h))",
     "applies its hidden layer 4 times"),
    ("the hidden layer forgotten", "            h = torch.relu(self.hidden(h))", "            h = torch.relu(h)",
     "applies its hidden layer 0 times"),
    ("no ReLU between the layers", "h = torch.relu(self.hidden(h))", "h = self.hidden(h)", "other scores than its three"),
    ("no ReLU behind the input", "    def forward(self, pixels: Tensor) -> Tensor:\n        # blank\n        # es: Pista: la misma capa, tres veces. cross_entropy ya hace el softmax.\n        # en: Hint: the same layer, three times. cross_entropy does the softmax already.\n        h = torch.relu(self.input(pixels))",
     "    def forward(self, pixels: Tensor) -> Tensor:\n        h = self.input(pixels)", "other scores than its three"),
    ("the input at every layer", "h = torch.relu(self.hidden(h))", "h = torch.relu(self.hidden(torch.relu(self.input(pixels))))",
     "applies its hidden layer 1 times"),
    ("every dimension of one dropped", LOOP, LOOP.replace("self.output(h)", "self.output(h).squeeze()"), "for one image has the shape"),
    ("a ReLU behind the output", LOOP, LOOP.replace("self.output(h)", "torch.relu(self.output(h))"), "cuts the scores"),
    ("a softmax at the end", LOOP, LOOP.replace("self.output(h)", "self.output(h).softmax(1)"), "gives probabilities"),
    ("the hidden layer in a list", HIDDEN, "self.hidden = [nn.Linear(hidden_size, hidden_size)]", "is not one nn.Linear"),
    ("no output layer", HIDDEN + "\n        self.output = nn.Linear(hidden_size, classes)", HIDDEN,
     "has no layer output"),
    ("a tanh", "h = torch.relu(self.hidden(h))", "h = torch.tanh(self.hidden(h))", "other scores than its three"),
    ("an ordinary list", LIST, LIST.replace("nn.ModuleList(", "list("), "is not a nn.ModuleList of three layers"),
    ("one layer three times", LIST, "self.hidden = nn.ModuleList([nn.Linear(hidden_size, hidden_size)] * 3)",
     "are its three hidden layers three?"),
    ("two layers", LIST, LIST.replace("range(3)", "range(2)"), "is not a nn.ModuleList of three layers"),
    ("separate layers all of the input", "h = torch.relu(layer(h))", "h = torch.relu(self.hidden[0](h))",
     "does not go through its hidden layers"),
    ("parameters counted, not numbers", "return sum(parameter.numel() for parameter in model.parameters())",
     "return len(list(model.parameters()))", "count gives 2 for a nn.Linear(3, 2)"),
    ("biases forgotten", "for parameter in model.parameters())", "for parameter in model.parameters() if parameter.dim() > 1)",
     "count gives 6 for a nn.Linear(3, 2)"),
    ("buffers counted", "for parameter in model.parameters())", "for parameter in model.state_dict().values())",
     "used twice"),
    ("sides added up", "parameter.numel()", "sum(parameter.shape)", "count gives 7 for a nn.Linear(3, 2)"),
]  # fmt: skip
