"""Translation: a recurrent encoder, and a recurrent decoder with or without attention (exercises 8 and 11)."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from pipeline.corpora.prepared.specials import OF_PAIRS
from pipeline.layers.attention import BahdanauAttention, LuongAttention, attend
from pipeline.layers.recurrent import LSTM, length_mask, lstm_step

PAD, UNKNOWN, BEGIN, END = range(len(OF_PAIRS))  # ids


@dataclass(frozen=True)
class Memory:
    """What the decoder may read of the source sentences."""

    words: Tensor  # (batch, steps, hidden + embedding), the encoder's unpacked outputs beside what they were made from
    sentence: Tensor  # (batch, 1, hidden + embedding), its final states, one of each direction, beside the mean word
    keys: Tensor | None  # (batch, steps, ...), projected for the attention once per sentence
    padding: Tensor  # (batch, 1, steps) bool, True where no word is


@dataclass(frozen=True)
class State:
    """What the decoder carries from step to step."""

    hidden: Tensor  # (1, batch, hidden)
    cell: Tensor  # (1, batch, hidden)


class Seq2Seq(nn.Module):
    """Encoder, decoder and attention.

    The encoder is bidirectional; its final states start the decoder. The output weights are the target embedding's
    (Press & Wolf 2017). At every step the output reads a context: states of the encoder, and beside them the vectors of
    their words, which so reach the output past the recurrent layer (in the spirit of Nguyen & Chiang 2018). Attention:

    - `none`: the context is the same at every step, the encoder's final states and the mean of the words; its states
      are part of each step's input too (Cho et al. 2014);
    - `bahdanau`: the previous state attends, and the context's states are part of the step's input (Bahdanau et al.
      2015);
    - `luong`: the step's own state attends, without input feeding (Luong et al. 2015), so that in training the
      recurrence runs as one kernel and all attention steps as one product.

    Args:
        source_vocabulary, target_vocabulary: number of ids; 0 is padding.
        embedding_size: of words on both sides.
        hidden_size: of the decoder, and of both encoder directions together.
        attention: `none`, `bahdanau` or `luong`.
        dropout: probability of zeroing a feature of embeddings and readouts.
    """

    attention: BahdanauAttention | LuongAttention | None

    def __init__(
        self,
        source_vocabulary: int,
        target_vocabulary: int,
        embedding_size: int,
        hidden_size: int,
        attention: str,
        dropout: float,
    ) -> None:
        super().__init__()
        self.attention_name = attention
        self.source = nn.Embedding(source_vocabulary, embedding_size, padding_idx=PAD)
        self.target = nn.Embedding(target_vocabulary, embedding_size, padding_idx=PAD)
        for embedding in (self.source, self.target):  # small, for the target's are also the output weights
            nn.init.normal_(embedding.weight, std=embedding_size**-0.5)
            nn.init.zeros_(embedding.weight[PAD])
        # The stem of each source token, PAD where it has none: a word's vector is its own and its stem's together.
        self.stems: Tensor
        self.register_buffer("stems", torch.full((source_vocabulary,), PAD))
        self.encoder = LSTM(embedding_size, hidden_size // 2, bidirectional=True)
        self.bridge = nn.Linear(hidden_size, 2 * hidden_size)
        context = 0 if attention == "luong" else hidden_size
        self.decoder = LSTM(embedding_size + context, hidden_size)
        if attention == "bahdanau":
            self.attention = BahdanauAttention(hidden_size, hidden_size, hidden_size // 2)
        elif attention == "luong":
            self.attention = LuongAttention(hidden_size, hidden_size)
        elif attention == "none":
            self.attention = None
        else:
            raise ValueError(f"attention {attention!r} is not one of none, bahdanau, luong")
        self.readout = nn.Linear(2 * hidden_size + embedding_size, embedding_size)
        self.bias = nn.Parameter(torch.zeros(target_vocabulary))
        self.dropout = nn.Dropout(dropout)

    def encode(self, source: Tensor, lengths: Tensor) -> tuple[Memory, State]:
        """Read the source.

        Args:
            source: (batch, steps) int64.
            lengths: (batch,) int64, from 1 to steps.
        """
        embedded = self.dropout(self.source(torch.stack([source, self.stems[source]])).sum(0))
        states, (hidden, _) = self.encoder(embedded, lengths, need_cell=False)
        final = hidden.transpose(0, 1).flatten(1)  # (batch, hidden)
        start = torch.tanh(self.bridge(final))  # (batch, 2 * hidden)
        h, c = start.unsqueeze(0).chunk(2, 2)
        keys = self.attention.project(states) if self.attention is not None else None
        padding = ~length_mask(lengths, source.shape[1]).unsqueeze(1)
        words = torch.cat([states, embedded.to(states.dtype)], 2)
        mean = embedded.masked_fill(padding.transpose(1, 2), 0).sum(1) / lengths.unsqueeze(1)
        sentence = torch.cat([final, mean.to(final.dtype)], 1).unsqueeze(1)
        return Memory(words, sentence, keys, padding), State(h.contiguous(), c.contiguous())

    def decode(self, tokens: Tensor, memory: Memory, state: State) -> tuple[Tensor, Tensor | None, State]:
        """Run the decoder over given target words (teacher forcing), or over one word when generating.

        Args:
            tokens: (batch, steps) int64, the words before those to predict.

        Returns:
            readouts (batch, steps, embedding), attention weights (batch, steps, source steps) or None, and the state
            after the last step.
        """
        embedded = self.dropout(self.target(tokens))  # (batch, steps, embedding)
        if self.attention_name == "bahdanau":
            return self._decode_stepwise(embedded, memory, state)
        if self.attention is None:
            context, weights = memory.sentence.to(embedded.dtype).expand(-1, embedded.shape[1], -1), None
            embedded = torch.cat([embedded, context[:, :, : self.decoder.hidden_size]], 2)
        output, (hidden, cell) = self.decoder(embedded, None, (state.hidden, state.cell))
        if self.attention is not None:
            context, weights = attend(self.attention(output, memory.keys), memory.words, memory.padding)
        return self._read(torch.cat([context, output], 2)), weights, State(hidden, cell)

    def _decode_stepwise(self, embedded: Tensor, memory: Memory, state: State) -> tuple[Tensor, Tensor, State]:
        """Each step's input holds the context that the previous state attends to, so steps wait for one another.

        What does not wait is done before the loop: the words' share of the gates, and one matrix for the rest.
        """
        size, attention = embedded.shape[2], self.attention
        assert attention is not None
        w_ih, w_hh, b_ih, b_hh = self.decoder.parameters()
        from_words = linear(embedded, w_ih[:, :size], b_ih + b_hh)  # (batch, steps, 4 * hidden)
        weight = torch.cat([w_ih[:, size:], w_hh], 1).to(from_words.dtype)  # (4 * hidden, 2 * hidden)
        hidden, cell = state.hidden[0].float(), state.cell[0].float()  # (batch, hidden)
        contexts, hiddens, weights = [], [], []
        for words in from_words.unbind(1):  # (batch, 4 hidden)
            scores = attention(hidden.unsqueeze(1), memory.keys)
            context, attended = attend(scores, memory.words, memory.padding)  # (batch, 1, hidden + embedding)
            contexts.append(context[:, 0].to(hidden.dtype))
            read = torch.cat([contexts[-1][:, : hidden.shape[1]], hidden], 1)
            hidden, cell = lstm_step(words + linear(read, weight), cell)
            hiddens.append(hidden)
            weights.append(attended)
        # (batch, steps, hidden + embedding + hidden)
        output = torch.cat([torch.stack(contexts, 1), torch.stack(hiddens, 1)], 2)
        return self._read(output), torch.cat(weights, 1), State(hidden.unsqueeze(0), cell.unsqueeze(0))

    def _read(self, output: Tensor) -> Tensor:
        return self.dropout(torch.tanh(self.readout(output)))

    def logits(self, readouts: Tensor) -> Tensor:
        """(..., embedding) -> (..., target vocabulary)."""
        return linear(readouts, self.target.weight, self.bias)

    def forward(self, source: Tensor, lengths: Tensor, target: Tensor) -> tuple[Tensor, Tensor | None]:
        """Teacher forcing: readouts (batch, steps, embedding) and attention weights for the words after `target`."""
        memory, state = self.encode(source, lengths)
        readouts, weights, _ = self.decode(target, memory, state)
        return readouts, weights

    def greedy(self, source: Tensor, lengths: Tensor, max_length: int) -> tuple[list[list[int]], Tensor | None]:
        """The most probable word at every step.

        Returns:
            Word ids without the end mark, and attention weights (batch, steps, source steps) or None; rows of
            weights after a translation's end mean nothing.
        """
        memory, state = self.encode(source, lengths)
        word = source.new_full((len(source), 1), BEGIN)
        finished = torch.zeros(len(source), dtype=torch.bool, device=source.device)
        words, weights = [], []
        for _ in range(max_length):
            readout, weight, state = self.decode(word, memory, state)
            word = _allowed(self.logits(readout[:, 0]).float()).argmax(1, keepdim=True)
            words.append(word)
            if weight is not None:
                weights.append(weight)
            finished |= word.squeeze(1) == END
            if finished.all():
                break
        return [_until_end(row) for row in torch.cat(words, 1).tolist()], torch.cat(weights, 1) if weights else None

    def beam(self, source: Tensor, lengths: Tensor, max_length: int, size: int) -> list[list[int]]:
        """Beam search; hypotheses are compared by log-probability per word, end mark included.

        Returns:
            For each sentence the best hypothesis' word ids, without the end mark.
        """
        batch = len(source)
        memory, state = self.encode(source, lengths)
        memory = _repeat(memory, size)
        state = State(state.hidden.repeat_interleave(size, 1), state.cell.repeat_interleave(size, 1))
        word = source.new_full((batch * size, 1), BEGIN)
        history = source.new_empty((batch * size, 0))
        # All beams start alike: only the first may be continued at the first step.
        score = torch.full((batch, size), float("-inf"), device=source.device)
        score[:, 0] = 0.0
        finished = torch.zeros(batch, size, dtype=torch.bool, device=source.device)
        length = torch.zeros(batch, size, device=source.device)
        first = torch.arange(batch, device=source.device).unsqueeze(1) * size
        for _ in range(max_length):
            readout, _, state = self.decode(word, memory, state)
            step = _allowed(self.logits(readout[:, 0]).float()).log_softmax(1).view(batch, size, -1)
            # A finished hypothesis goes on with padding, at no cost.
            step = step.masked_fill(finished.unsqueeze(2), float("-inf"))
            step[:, :, PAD] = torch.where(finished, 0.0, float("-inf"))
            new_length = length + ~finished
            candidates = (score.unsqueeze(2) + step) / new_length.clamp(min=1).unsqueeze(2)
            best, index = candidates.flatten(1).topk(size)
            beam, token = index // step.shape[2], index % step.shape[2]
            length = new_length.gather(1, beam)
            score = best * length.clamp(min=1)
            finished = finished.gather(1, beam) | (token == END)
            row = (first + beam).flatten()
            word = token.view(-1, 1)
            history = torch.cat([history[row], word], 1)
            state = State(state.hidden[:, row], state.cell[:, row])
            if finished.all():
                break
        winner = (score / length.clamp(min=1)).argmax(1)
        return [_until_end(row) for row in history.view(batch, size, -1)[torch.arange(batch), winner].tolist()]


def _allowed(logits: Tensor) -> Tensor:
    """Padding, the unknown word and the beginning are never generated."""
    logits[:, [PAD, UNKNOWN, BEGIN]] = float("-inf")
    return logits


def _until_end(words: list[int]) -> list[int]:
    return words[: words.index(END)] if END in words else [word for word in words if word != PAD]


def _repeat(memory: Memory, times: int) -> Memory:
    return replace(
        memory,
        words=memory.words.repeat_interleave(times, 0),
        sentence=memory.sentence.repeat_interleave(times, 0),
        keys=None if memory.keys is None else memory.keys.repeat_interleave(times, 0),
        padding=memory.padding.repeat_interleave(times, 0),
    )
