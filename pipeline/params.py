"""params.yaml, checked: every knob has a type and a range, and an unknown key is an error."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import PipelineError

PARAMS = Path("params.yaml")

Positive = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, lt=1)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _distinct(seeds: list[int]) -> list[int]:
    if len(set(seeds)) < len(seeds):
        raise ValueError("the seeds must differ from one another")
    return seeds


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


class Classification(Training):
    embedding_size: Positive
    hidden_size: Positive
    layers: Positive
    bidirectional: bool
    max_length: Positive


class Sentiment(Classification):
    pooling: Literal["last", "mean", "max", "attention"]


class Pooling(Classification):
    cell: Literal["lstm", "gru", "rnn"]


class Tagging(Training):
    cell: Literal["lstm", "gru", "rnn"]
    hidden_size: Positive
    layers: Positive
    case_size: Positive


class Translation(Training):
    embedding_size: Positive
    hidden_size: Annotated[int, Field(gt=0, multiple_of=2, description="half of it for each encoder direction")]
    beam_size: Positive
    max_length: Positive


class Evaluation(Section):
    bootstrap_samples: Positive
    confidence: Annotated[float, Field(gt=0, lt=1)]


class Params(Section):
    seeds: Annotated[list[Annotated[int, Field(ge=0, lt=2**31)]], Field(min_length=1), AfterValidator(_distinct)]
    precision: Literal["auto", "fp32", "bf16"]
    corpora: Corpora
    sentiment: Sentiment
    pooling: Pooling
    tagging: Tagging
    translation: Translation
    evaluation: Evaluation


def load(path: Path = PARAMS) -> Params:
    """Read and check the parameters.

    Raises:
        PipelineError: the file is missing, is not YAML, or holds a key or value that is not allowed;
            the message names the key.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PipelineError(f"{path} is missing: run this from the project's root") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PipelineError(f"{path} is not valid YAML: {error}") from None
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


if __name__ == "__main__":
    from pipeline.errors import run_stage

    run_stage(lambda: print(f"{PARAMS} is valid: {len(load().seeds)} seeds"))
