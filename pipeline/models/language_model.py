"""Language models, of characters or of words: token -> embedding -> LSTM -> next token (exercise 7 and `char_lm`)."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from pipeline.layers.recurrent import LSTM
from pipeline.layers.softmax import AdaptiveSoftmax
from pipeline.models.ngram import NGram

State = tuple[Tensor, Tensor]  # h and c, (layers, batch, hidden) each
LEAD = 512  # tokens after which what came before them hardly matters any more


class LanguageModel(nn.Module):
    """A recurrent language model whose state can be carried from one batch to the next.

    Args:
        vocabulary: number of token ids. With cutoffs, frequent tokens have the low ids.
        embedding_size, hidden_size, layers: of the network.
        dropout: probability of zeroing a feature of the embeddings and of the states.
        cutoffs: where the clusters of an adaptive softmax begin: on a CPU it is many times as fast as 15,000 logits
            for every word. Cuts beyond the vocabulary are left out; without any this is an ordinary softmax.
    """

    output: nn.Linear | AdaptiveSoftmax

    def __init__(
        self,
        vocabulary: int,
        embedding_size: int,
        hidden_size: int,
        layers: int,
        dropout: float,
        cutoffs: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding_size)
        self.recurrent = LSTM(embedding_size, hidden_size, layers, dropout=dropout)
        # The next token hangs mostly on the last few: a cell that begins by keeping everything learns that later. It
        # cost 0.02 to 0.04 nats a character and 0.01 a word on validation.
        self.recurrent.set_forget_bias(0.0)
        self.dropout = nn.Dropout(dropout)
        cuts = [cut for cut in cutoffs if cut < vocabulary]
        if cuts:
            self.output = AdaptiveSoftmax(hidden_size, vocabulary, cuts)
        else:
            self.output = nn.Linear(hidden_size, vocabulary)

    def forward(
        self, tokens: Tensor, lengths: Tensor | None = None, state: State | None = None
    ) -> tuple[Tensor, State]:
        """Read tokens.

        Args:
            tokens: (batch, steps) int64.
            lengths: (batch,) int64, from 1 to steps; None if no sequence is padded.
            state: the state to go on from; None is zero.

        Returns:
            features (batch, steps, hidden), those in the padding mean nothing, and the state after each sequence's
            own last token, cut from the graph: gradients end where a batch begins (truncated back-propagation
            through time, Williams & Peng 1990).
        """
        embedded = self.dropout(self.embedding(tokens))  # (batch, steps, embedding)
        features, (hidden, cell) = self.recurrent(embedded, lengths, state)
        return self.dropout(features), (hidden.detach(), cell.detach())

    def nats(self, features: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy of each target.

        Args:
            features: (n, hidden).
            targets: (n,) int64.

        Returns:
            (n,) float32, in nats.
        """
        if isinstance(self.output, nn.Linear):
            return cross_entropy(self.output(features).float(), targets, reduction="none")
        return self.output.nats(features, targets)

    def log_probabilities(self, features: Tensor) -> Tensor:
        """(n, hidden) -> (n, vocabulary) float32."""
        if isinstance(self.output, nn.Linear):
            return self.output(features).float().log_softmax(1)
        return self.output.log_probabilities(features)

    def guesses(self, features: Tensor) -> Tensor:
        """The most probable token: (n, hidden) -> (n,) int64."""
        if isinstance(self.output, nn.Linear):
            return self.output(features).argmax(1)
        return self.output.guesses(features)


def score_text(
    model: LanguageModel | NGram, text: Tensor, parts: int = 16, lead: int = LEAD, window: int = 500
) -> tuple[Tensor, Tensor]:
    """Predict every token of a text but its first, from what comes before it.

    The text is cut into parts that are read side by side, each with its state carried from beginning to end. Each part
    reads on into the next one, and it is this part's predictions of the tokens there that count, until the next part
    has read `lead` tokens. So every token is predicted from at least as many, or from all there are.

    Args:
        text: (tokens,) int64, at least 2.
        window: tokens that are read at once; but for rounding it makes no difference to what is predicted.

    Returns:
        nats (tokens - 1,) float64, and whether the most probable token was right (tokens - 1,) bool.
    """
    count = len(text) - 1
    size = -(-count // parts)
    length = min(size + lead, count)  # of each part
    starts = torch.arange(0, count, size).clamp(max=count - length)
    read = text[starts.unsqueeze(1).to(text.device) + torch.arange(length + 1, device=text.device)]
    nats, right = [], []
    state = None
    for begin in range(0, length, window):
        tokens = read[:, begin : min(begin + window, length) + 1]
        features, state = model(tokens[:, :-1], state=state)
        flat, targets = features.flatten(0, 1), tokens[:, 1:].flatten()
        nats.append(model.nats(flat, targets).double().view(len(read), -1))
        right.append((model.guesses(flat) == targets).view(len(read), -1))
    by_part = torch.cat(nats, 1), torch.cat(right, 1)  # (parts, length) each
    whole = tuple(rows.new_empty(count) for rows in by_part)
    for part in reversed(range(len(starts))):  # earlier parts have read more, and have the last word
        for scores, rows in zip(whole, by_part, strict=True):
            scores[starts[part] : starts[part] + length] = rows[part]
    return whole[0], whole[1]


@torch.inference_mode()
def generate(
    model: LanguageModel | NGram,
    seed: Sequence[int],
    temperature: float,
    top_p: float | None,
    generator: torch.Generator,
    never: Sequence[int] = (0,),
) -> Iterator[int]:
    """Tokens that go on from a seed text, one at a time and without end.

    Args:
        seed: the ids of the text to go on from, at least one.
        temperature: the logits are divided by it: below 1 the likely becomes likelier.
        top_p: sample from the nucleus alone, see `nucleus`; None: from all tokens.
        generator: on the CPU; it alone decides what is drawn.
        never: ids that are not generated: the unknown token, say.
    """
    device = next(iter(model.state_dict().values())).device
    features, state = model(torch.tensor([seed], device=device))
    while True:
        logits = model.log_probabilities(features[:, -1]).cpu() / temperature  # (1, vocabulary)
        logits[:, list(never)] = float("-inf")
        probability = logits.softmax(1)
        if top_p is not None:
            probability = nucleus(probability, top_p)
        token = torch.multinomial(probability, 1, generator=generator)  # (1, 1)
        yield int(token)
        features, state = model(token.to(device), state=state)


def nucleus(probability: Tensor, top_p: float) -> Tensor:
    """Keep the smallest set of most probable tokens that holds `top_p` of the probability (Holtzman et al. 2020).

    Args:
        probability: (n, vocabulary), each row sums to 1.

    Returns:
        (n, vocabulary), zero outside the set and not scaled up again.
    """
    ordered, order = probability.sort(1, descending=True)
    before = ordered.cumsum(1) - ordered  # what the likelier ones hold; a token is needed while that is too little
    return torch.zeros_like(probability).scatter(1, order, ordered.where(before < top_p, 0.0))
