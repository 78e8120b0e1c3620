"""Language models, of characters or of words: token -> embedding -> LSTM -> next token (exercise 7 and `char_lm`)."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from pipeline.layers.recurrent import LSTM

State = tuple[Tensor, Tensor]  # h and c, (layers, batch, hidden) each


class LanguageModel(nn.Module):
    """A recurrent language model whose state can be carried from one batch to the next.

    Args:
        vocabulary: number of token ids. With cutoffs, frequent tokens have the low ids.
        embedding_size, hidden_size, layers: of the network.
        dropout: probability of zeroing a feature of the embeddings and of the states.
        cutoffs: where the adaptive softmax (Grave et al. 2017) cuts the vocabulary. It asks for one of the first
            tokens or a cluster of rarer ones, and looks inside a cluster only where it is needed: on a CPU some
            twenty times as fast as 15,000 logits for every word. Cuts beyond the vocabulary are left out; without
            any this is an ordinary softmax.
    """

    output: nn.Linear | nn.AdaptiveLogSoftmaxWithLoss

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
        self.dropout = nn.Dropout(dropout)
        cuts = [cut for cut in cutoffs if cut < vocabulary]
        if cuts:
            self.output = nn.AdaptiveLogSoftmaxWithLoss(hidden_size, vocabulary, cuts)
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
        with torch.autocast(features.device.type, enabled=False):  # the adaptive softmax does not mix precisions
            return -self.output(features.float(), targets).output

    def log_probabilities(self, features: Tensor) -> Tensor:
        """(n, hidden) -> (n, vocabulary) float32."""
        if isinstance(self.output, nn.Linear):
            return self.output(features).float().log_softmax(1)
        with torch.autocast(features.device.type, enabled=False):
            return self.output.log_prob(features.float())

    def guesses(self, features: Tensor) -> Tensor:
        """The most probable token: (n, hidden) -> (n,) int64."""
        if isinstance(self.output, nn.Linear):
            return self.output(features).argmax(1)
        with torch.autocast(features.device.type, enabled=False):
            return self.output.predict(features.float())


@torch.inference_mode()
def generate(
    model: LanguageModel,
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
    device = model.embedding.weight.device
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
