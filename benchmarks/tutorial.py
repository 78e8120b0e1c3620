"""Sentiment as tutorials write it: pad_sequence, packed nn.LSTM, shuffled batches, Adam; kept simple.

The same data, vocabulary, truncation, batch size, sizes and (in evaluation) the same function as the pipeline's
classifier.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset

from pipeline.corpora.prepared.tables import read_table
from pipeline.exercises.sentiment.stage import Settings


class Reviews(Dataset):
    """(token ids, label) of every review of a split, in memory."""

    def __init__(self, split: Path, max_length: int) -> None:
        table = read_table(split)
        self.tokens = [torch.tensor(tokens[-max_length:]) for tokens in table["tokens"].to_pylist()]
        self.labels = table["label"].to_pylist()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, row: int) -> tuple[Tensor, int]:
        return self.tokens[row], self.labels[row]


class TutorialClassifier(nn.Module):
    """Embedding, LSTM over packed input, its last state, a linear layer."""

    def __init__(self, vocabulary: int, settings: Settings) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, settings.embedding_size, padding_idx=0)
        self.lstm = nn.LSTM(settings.embedding_size, settings.hidden_size, batch_first=True)
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.hidden_size, 2)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """(batch, steps) and (batch,) int64 -> logits (batch, 2)."""
        embedded = self.dropout(self.embedding(tokens))
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        _, (hidden, _) = self.lstm(packed)
        return self.output(self.dropout(hidden[-1]))


def collate(rows: list[tuple[Tensor, int]]) -> tuple[Tensor, Tensor, Tensor]:
    tokens, labels = zip(*rows, strict=True)
    lengths = torch.tensor([len(row) for row in tokens])
    return pad_sequence(list(tokens), batch_first=True), lengths, torch.tensor(labels)


def run(data: Path, vocabulary: int, settings: Settings, precision: str) -> None:
    """One epoch, then the accuracy on the validation and the test split; in fp32, or in bf16 as autocast has it."""
    train = Reviews(data / "train.arrow", settings.max_length)
    model = TutorialClassifier(vocabulary, settings)
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
    criterion = nn.CrossEntropyLoss()
    mixed = torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16")
    model.train()
    for tokens, lengths, labels in DataLoader(train, settings.batch_size, shuffle=True, collate_fn=collate):
        optimizer.zero_grad()
        with mixed:
            loss = criterion(model(tokens, lengths), labels)
        loss.backward()
        optimizer.step()
    model.eval()
    for split in ("validation", "test"):
        rows = Reviews(data / f"{split}.arrow", settings.max_length)
        right = 0
        with torch.no_grad(), mixed:
            for tokens, lengths, labels in DataLoader(rows, 256, collate_fn=collate):
                right += int((model(tokens, lengths).argmax(1) == labels).sum())
        print(f"{split} accuracy {right / len(rows):.4f}")
