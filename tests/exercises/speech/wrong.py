"""Wrong solutions of exercise 9 that students write: what, the right lines, theirs, and what the checker says."""

PACK = "packed = pack_padded_sequence(frames, lengths, batch_first=True, enforce_sorted=False)"
RUN = "        _, (h, _) = self.lstm(packed)\n        return self.output(h[-1])"
ALL = f"        {PACK}\n{RUN}"
SORTED = (
    "        lengths, order = lengths.sort(descending=True)\n"
    "        packed = pack_padded_sequence(frames[order], lengths, batch_first=True)\n"
)

WRONG = [
    ("the bottom layer decides", "h[-1]", "h[0]", "the state of the bottom layer decides"),
    ("the middle layer decides", "h[-1]", "h[1]", "the state of the middle layer decides"),
    ("the mean of the layers", "h[-1]", "h.mean(0)", "not those of the top's last state"),
    ("one layer only", ", num_layers=layers", "", "with 3 layers asked for, the LSTM has 1"),
    ("always three layers", "num_layers=layers", "num_layers=3", "with 1 layers asked for, the LSTM has 3"),
    ("both directions", "batch_first=True)\n        self.output", "batch_first=True, bidirectional=True)\n        self.output",
     "reads in both directions"),
    ("packing forgotten", ALL, "        _, (h, _) = self.lstm(frames)\n        return self.output(h[-1])", "padding is read"),
    ("the last column instead of the last step", ALL,
     "        outputs, _ = self.lstm(frames)\n        return self.output(outputs[:, -1])", "padding is read"),
    ("sorted batch not unsorted", ALL, SORTED + RUN, "recordings get each other's scores"),
    ("batch not sorted", ", enforce_sorted=False", "", "enforce_sorted"),
    ("the cell for the state", "_, (h, _) = self.lstm(packed)", "_, (_, h) = self.lstm(packed)", "the top's last state"),
    ("batch_first forgotten", ALL,
     "        self.lstm.batch_first = False\n        outputs, _ = self.lstm(frames)\n"
     "        return self.output(outputs[torch.arange(len(lengths)), lengths - 1])", "the top's last state"),
    ("every dimension of one dropped", "self.output(h[-1])", "self.output(h[-1].squeeze())", "for one recording has the shape (5,)"),
    ("no gradient", "return self.output(h[-1])", "return self.output(h[-1].detach())", "no gradient reaches"),
    ("padding in the mean", "centred.sum(1, keepdim=True) / count)", "centred.mean(1, keepdim=True))",
     "a short recording is normalised otherwise in a batch"),
    ("padding in the deviation", "centred.pow(2).sum(1, keepdim=True) / count)", "centred.pow(2).mean(1, keepdim=True))",
     "a short recording is normalised otherwise in a batch"),
    ("mask forgotten", "centred = frames.masked_fill(~mask, 0.0)", "centred = frames", "something else in the padding"),
    ("as many steps as the longest has", "torch.arange(frames.shape[1])", "torch.arange(int(lengths.max()))", "must match the size"),
    ("padding not zero", " / count).masked_fill(~mask, 0.0)", " / count)", "a short recording is normalised otherwise"),
    ("normalised over the batch", "return centred / (deviation + 1e-5)",
     "return (frames - frames.mean((0, 1))) / (frames.std((0, 1)) + 1e-5)", "normalised otherwise in a batch"),
    ("normalised over the coefficients", "return centred / (deviation + 1e-5)",
     "return (frames - frames.mean(2, keepdim=True)) / (frames.std(2, keepdim=True) + 1e-5)", "do not have mean 0"),
    ("divided by length - 1", ".sum(1, keepdim=True) / count).sqrt()", ".sum(1, keepdim=True) / (count - 1)).sqrt()",
     "do not have deviation 1"),
    ("the variance for the deviation", ".sum(1, keepdim=True) / count).sqrt()", ".sum(1, keepdim=True) / count)",
     "do not have deviation 1"),
    ("divided by zero", "(deviation + 1e-5)", "deviation", "pure silence"),
    ("the frames changed", "centred = frames.masked_fill(~mask, 0.0)", "centred = frames.masked_fill_(~mask, 0.0)",
     "changes the frames that it was given"),
    ("the mean alone", "return centred / (deviation + 1e-5)", "return centred", "do not have deviation 1"),
]  # fmt: skip
