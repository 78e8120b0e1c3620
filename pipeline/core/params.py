"""params.yaml, checked: every knob has a type and a range, and an unknown key is an error."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import YAMLError

from pipeline.core.errors import PipelineError

PARAMS = Path("params.yaml")

Positive = Annotated[int, Field(gt=0, lt=2**31)]
Share = Annotated[float, Field(ge=0, lt=1)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _distinct(seeds: list[int]) -> list[int]:
    if len(set(seeds)) < len(seeds):
        raise ValueError("the seeds must differ from one another")
    return seeds


def _ascending(cutoffs: list[int]) -> list[int]:
    if any(first >= second for first, second in pairwise(cutoffs)):
        raise ValueError("the cutoffs must ascend")
    return cutoffs


Cell = Literal["lstm", "gru", "rnn"]
Pool = Literal["last", "mean", "sum", "max", "attention"]


class Section(BaseModel):
    """A mapping with known keys only; numbers are not read from strings."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Corpus(Section):
    """What every corpus has: where it comes from, and how much of it to take."""

    edition: str = Field(min_length=1, description="a name under this corpus in pipeline/corpora/sources.yaml")
    limit: Positive | None = Field(description="take at most so many examples in training (null: all)")


class TextCorpus(Corpus):
    """Text gains a vocabulary, counted on the training split."""

    vocabulary: Positive
    min_frequency: Positive


class TranslationCorpus(TextCorpus):
    max_words: Positive


class Corpora(Section):
    imdb: TextCorpus
    conll2003: TextCorpus
    speech: Corpus
    shakespeare: TextCorpus
    translation: TranslationCorpus
    digits: Corpus
    vectors: Corpus
    series: Corpus
    parity: Corpus


class Training(Section):
    """What every training stage has."""

    epochs: Positive
    patience: Positive = Field(description="stop after so many epochs without a better validation score")
    batch_size: Positive
    learning_rate: Rate
    weight_decay: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    clip_norm: Rate
    dropout: Share


class BucketedTraining(Training):
    """What stages have that batch sequences of like lengths."""

    batch_tokens: Positive | None = Field(description="a batch has at most so many, padding counted")


class Classification(BucketedTraining):
    embedding_size: Positive
    hidden_size: Positive
    layers: Positive
    bidirectional: bool
    max_length: Positive


class Sentiment(Classification):
    pooling: Pool


class Pooling(Classification):
    cell: Cell


class CrfTagging(Section):
    """Where the tagger with characters and a CRF differs."""

    epochs: Positive
    dropout: Share
    vector_rate: Rate = Field(description="share of the learning rate with which word vectors are trained")
    character_size: Positive
    filters: Positive


class Word2vec(Section):
    size: Positive
    window: Positive
    negative: Positive
    epochs: Positive
    seed: Annotated[int, Field(ge=0, lt=2**31)]


class Embeddings(Classification):
    cell: Cell
    frozen_epochs: Positive = Field(description="of the gradual variant")


class Packing(BucketedTraining):
    hidden_size: Positive
    layers: Positive
    bidirectional: bool
    max_length: Positive
    cell: Cell
    pooling: Pool
    reviews: Positive = Field(description="train on so many: one at a time is slow")


class Tagging(BucketedTraining):
    cell: Cell
    hidden_size: Positive
    layers: Positive
    case_size: Positive
    crf: CrfTagging


class NoAttention(Section):
    """Where the translator without attention differs."""

    epochs: Positive = Field(description="more, for it learns later what to read of the source")


class Translation(BucketedTraining):
    embedding_size: Positive
    hidden_size: Annotated[int, Field(gt=0, multiple_of=2, description="half of it for each encoder direction")]
    beam_size: Positive
    max_length: Positive
    none: NoAttention


class Parity(Training):
    embedding_size: Positive
    hidden_size: Positive
    epoch_size: Positive = Field(description="training sequences drawn in an epoch")


class Speech(BucketedTraining):
    cell: Cell
    hidden_size: Positive


class LanguageModelling(Training):
    embedding_size: Positive
    layers: Positive


class CharLM(LanguageModelling):
    batch_size: Positive = Field(description="characters in an update, of all streams together")
    characters: Positive = Field(description="read in an epoch; the next one goes on from there")


class WordLM(LanguageModelling):
    hidden_size: Positive
    cutoffs: Annotated[list[Positive], AfterValidator(_ascending)] = Field(
        description="of the adaptive softmax; empty: an ordinary softmax"
    )
    lines: Positive = Field(description="of the text in a sequence")


class SharedMLP(Training):
    hidden_size: Positive
    hidden_layers: Annotated[int, Field(ge=2)]


class NextValue(Training):
    hidden_size: Positive
    window: Positive = Field(description="years that a forecast is made from")
    lags: Positive = Field(description="of the autoregressions, at most `window`")

    @model_validator(mode="after")
    def _lags_within_window(self) -> Self:
        if self.lags > self.window:
            raise ValueError(f"lags ({self.lags}) must be at most window ({self.window})")
        return self


class Evaluation(Section):
    bootstrap_samples: Positive
    confidence: Annotated[float, Field(gt=0, lt=1)]


class Params(Section):
    seeds: Annotated[list[Annotated[int, Field(ge=0, lt=2**31)]], Field(min_length=1), AfterValidator(_distinct)]
    precision: Literal["auto", "fp32", "bf16"]
    corpora: Corpora
    sentiment: Sentiment
    pooling: Pooling
    word2vec: Word2vec
    embeddings: Embeddings
    packing: Packing
    tagging: Tagging
    translation: Translation
    parity: Parity
    speech: Speech
    char_lm: CharLM
    word_lm: WordLM
    shared_mlp: SharedMLP
    next_value: NextValue
    evaluation: Evaluation


def read_yaml(path: Path, otherwise: str) -> Any:
    """The content of a YAML file, read as DVC reads it: by YAML 1.2, in which 1e-5 is a number.

    Raises:
        PipelineError: the file is missing (`otherwise` says what to do), is not YAML, or gives a key twice.
    """
    try:
        return YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PipelineError(f"{path} is missing: {otherwise}") from None
    except DuplicateKeyError as error:
        key = re.search('duplicate key "(.*?)"', error.problem)
        assert key is not None and error.problem_mark is not None
        raise PipelineError(f"{path} line {error.problem_mark.line + 1}: {key[1]!r} is given twice") from None
    # Values are built unchecked: 2024-02-30 is a ValueError, `!!bool x` a KeyError, `!!map [1]` a TypeError.
    except (YAMLError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PipelineError(f"{path} is not valid YAML: {error}") from None


def load(path: Path = PARAMS) -> Params:
    """Read and check the parameters.

    Raises:
        PipelineError: the file is missing, is not YAML, or holds a key or value that is not allowed;
            the message names the key.
    """
    values = read_yaml(path, "run this from the project's root")
    try:
        return Params.model_validate(values)
    except ValidationError as error:
        problems = []
        for problem in error.errors():
            key = ".".join(map(str, problem["loc"])) or "the file"
            message = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]
            given = "" if problem["type"] in ("extra_forbidden", "missing") else f" (got {problem['input']!r})"
            problems.append(f"{key}: {message}{given}")
        raise PipelineError(f"{path}: {'; '.join(problems)}") from None
