"""Wrong solutions of exercise 5 that students write: what, the right lines, theirs, and what the checker says."""

MASK = "torch.arange(steps, device=lengths.device) < lengths.unsqueeze(1)"
MEAN = "return states.masked_fill(~mask, 0.0).sum(1) / lengths.unsqueeze(1)"
SOFTMAX = 'weights = scores.masked_fill(~mask, float("-inf")).softmax(1)'

WRONG = [
    ("padding in the mean", MEAN, "return states.mean(1)", "comes out smaller in a batch with a longer one"),
    ("padding counted among the steps", "sum(1) / lengths.unsqueeze(1)", "sum(1) / states.shape[1]",
     "comes out smaller in a batch with a longer one"),
    ("a sum for the mean", " / lengths.unsqueeze(1)", "", "does not give the mean of its states"),
    ("divided by all steps of the batch", "/ lengths.unsqueeze(1)", "/ lengths.sum()", "comes out smaller in a batch"),
    ("a mean over the batch", MEAN, "return states.mean(0)", "has the shape (4, 5) where (1, 5) is asked for"),
    ("padding set to zero in the caller's states", MEAN,
     "states[~mask.squeeze(2)] = 0.0\n        return states.sum(1) / lengths.unsqueeze(1)",
     "changes the states that it was given"),
    ("the last state again", MEAN, "return states[torch.arange(len(lengths)), lengths - 1]",
     "does not give the mean of its states"),
    ("a step too many", ") < lengths", ") <= lengths",
     "sequences of 2, 3 and 1 steps: the mask has [3, 4, 2]"),
    ("a step too few at the beginning", MASK,
     "(torch.arange(steps) > 0) & (torch.arange(steps) <= lengths.unsqueeze(1))", "leaves the first step of a sequence out"),
    ("the mask the other way round", ") < lengths", ") >= lengths", "the mask has [3, 2, 4]"),
    ("as many steps as the longest has", "torch.arange(steps, ", "torch.arange(int(lengths.max()), ",
     "the mask of 5 steps has the shape (3, 3)"),
    ("a mask of numbers", f"return {MASK}",
     "return (torch.arange(steps) < lengths.unsqueeze(1)).float()", "should be of True and False"),
    ("mask forgotten in the softmax", SOFTMAX, "weights = scores.softmax(1)", "in a batch with a longer one than alone"),
    ("zero for minus infinity", 'float("-inf")', "0.0", "WeightedSum: a short sequence comes out otherwise"),
    ("mask after the softmax", SOFTMAX, "weights = scores.softmax(1).masked_fill(~mask, 0.0)",
     "WeightedSum: a short sequence comes out otherwise"),
    ("softmax over the features", ".softmax(1)", ".softmax(2)", "add up to one; it is not"),
    ("softmax over the batch", ".softmax(1)", ".softmax(0)", "add up to one; it is not"),
    ("no softmax", SOFTMAX, "weights = scores.masked_fill(~mask, 0.0)", "add up to one; it is not"),
    ("weights that are not learnt", "self.context(torch.tanh(self.projection(states)))",
     "self.context(torch.tanh(self.projection(states))).detach()", "cuts its result off from its parameters"),
    ("layers in a list", "self.projection(states)", "self.layers[0](states)", "'WeightedSum' object has no attribute"),
    ("a tensor that is no parameter", "self.context = nn.Linear(size, 1, bias=False)",
     "v = torch.randn(1, size)\n        self.context = lambda hidden: hidden @ v.T\n"
     "        self.projection = self.projection.requires_grad_(False)", "has no parameters to learn"),
    ("a mean of weighted states", "(weights * states).sum(1)", "(weights * states).mean(1)", "add up to one; it is not"),
    ("the scores themselves given back", "return (weights * states).sum(1)", "return weights.squeeze(2)",
     "the result of WeightedSum has the shape"),
    ("all weights alike", "scores = self.context(torch.tanh(self.projection(states)))",
     "scores = torch.zeros_like(self.context(torch.tanh(self.projection(states))))", "the same weight"),
    ("nothing returned", "return (weights * states).sum(1)", "(weights * states).sum(1)", "is of type NoneType"),
    ("another name", "class WeightedSum", "class Attention", "there is no WeightedSum"),
]  # fmt: skip
