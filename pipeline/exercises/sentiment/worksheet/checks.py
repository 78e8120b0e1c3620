"""What a solution of exercise 3 is checked for."""

from types import ModuleType

import torch
from torch import Tensor, nn

from pipeline.checking.checks import alike, holds, learns, made, need, parts, shaped

WORDS, SIZE = 20, 6
REVIEWS = (3, 7, 1, 5)  # lengths: neither ascending nor descending


def reviews() -> list[Tensor]:
    """Of different lengths."""
    return [torch.randint(2, WORDS, (length,)) for length in REVIEWS]


def tokens(theirs: ModuleType) -> None:
    """A text becomes words and signs in lower case."""
    tokenise = need(theirs, "tokenise")
    found = tokenise("It's GREAT, isn't it?")
    holds(isinstance(found, list), f"tokenise gives a {type(found).__name__}, not a list of words")
    holds(all(word == word.lower() for word in found), "tokenise leaves capitals: Great and great would be two words")
    holds("it's" in found, f"tokenise cuts words at the apostrophe, or leaves signs on them: {found}")
    holds(found == ["it's", "great", ",", "isn't", "it", "?"], f"tokenise makes {found} of a sentence with two signs")
    found = tokenise("10/10")
    holds(found == ["10", "/", "10"], f"tokenise makes {found} of 10/10: digits make words, and the stroke is a sign")


def vocabulary(theirs: ModuleType) -> None:
    """The vocabulary has the two special words, then the commonest."""
    found = need(theirs, "vocabulary_of")([["b", "a", "b"], ["c", "b", "a"]], 4)
    found = list(found) if isinstance(found, list | tuple) else []
    holds(found[:2] == ["<pad>", "<unk>"], "the vocabulary does not begin with <pad> and <unk>")
    holds(len(found) == 4, f"a vocabulary of 4 in all came out with {len(found)}")
    holds(found[2:] == ["b", "a"], "the words of the vocabulary are not the commonest ones, the commonest first")


def numbers(theirs: ModuleType) -> None:
    """Words become their numbers, unknown ones 1."""
    found = need(theirs, "encode")(["b", "x", "a"], ["<pad>", "<unk>", "a", "b"])
    shaped(found, (3,), "the result of encode")
    holds(found.dtype == torch.int64, f"encode gives numbers of type {found.dtype}: an embedding wants int64")
    holds(found[1] == 1, f"encode gives an unknown word the number {int(found[1])}")
    holds(found.tolist() == [3, 1, 2], "encode does not give words their places in the vocabulary")


def padded(theirs: ModuleType) -> None:
    """A batch has zeros behind each review, and their lengths."""
    given = reviews()
    batch, lengths = parts(need(theirs, "pad")(given), 2, "pad")
    shaped(batch, (4, 7), "the batch of pad")
    shaped(lengths, (4,), "the lengths of pad")
    holds(lengths.tolist() != sorted(REVIEWS, reverse=True), "pad changes the order of the reviews: labels stay behind")
    holds(lengths.tolist() == [*REVIEWS], f"pad gives the lengths {lengths.tolist()} for reviews of {[*REVIEWS]} words")
    holds(lengths.dtype == torch.int64, f"pad gives lengths of type {lengths.dtype}: packing wants int64")
    holds(batch.dtype == torch.int64, f"pad gives a batch of type {batch.dtype}: an embedding wants int64")
    for row, review in zip(batch, given, strict=True):
        holds(torch.equal(row[: len(review)], review), "pad does not put a review at the beginning of its row")
        holds(not row[len(review) :].any(), "pad leaves something else than 0 behind a review")


def batch_of(given: list[Tensor]) -> tuple[Tensor, Tensor]:
    """A padded batch and its lengths."""
    return nn.utils.rnn.pad_sequence(given, batch_first=True), torch.tensor([len(one) for one in given])


def alone(theirs: ModuleType) -> None:
    """A review without padding is classified by the LSTM's last hidden state."""
    network = made(theirs, "Classifier", WORDS, SIZE)
    batch = torch.randint(2, WORDS, (3, 5))
    found = shaped(network(batch, torch.tensor([5, 5, 5])), (3, 2), "the result of Classifier")
    expected = network.output(network.lstm(network.embedding(batch))[0][:, -1])
    alike(found, expected, "reviews of one length: the scores are not those of the LSTM's last hidden state")


def together(theirs: ModuleType) -> None:
    """A review has the same scores alone and in a batch with others, in its own place."""
    network = made(theirs, "Classifier", WORDS, SIZE)
    given = reviews()
    one_review = "the result of Classifier for one review"
    expected = torch.cat([shaped(network(*batch_of([one])), (1, 2), one_review) for one in given]).detach()
    found = shaped(network(*batch_of(given)), (4, 2), "the result of Classifier").detach()
    distances = torch.cdist(found, expected)
    elsewhere = bool((distances.amin(1) < 1e-5).all()) and not torch.allclose(found, expected, atol=1e-4)
    holds(not elsewhere, "reviews get each other's scores: the batch comes back in another order than it was given")
    alike(found, expected, "a short review gets other scores in a batch with a longer one than alone: padding is read")


def extended(theirs: ModuleType) -> None:
    """More padding changes nothing."""
    network = made(theirs, "Classifier", WORDS, SIZE)
    batch, lengths = batch_of(reviews())
    found = network(batch, lengths)
    wider = torch.cat([batch, torch.full((4, 3), 9)], 1)
    alike(network(wider, lengths), found, "what lies behind the ends of all reviews changes their scores")


def learnt(theirs: ModuleType) -> None:
    """Gradients reach every parameter."""
    network = made(theirs, "Classifier", WORDS, SIZE)
    learns(network, network(*batch_of(reviews())), "Classifier")


CHECKS = (tokens, vocabulary, numbers, padded, alone, together, extended, learnt)
