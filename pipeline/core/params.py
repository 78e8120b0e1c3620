"""params.yaml: how it is read, and what its sections are made of.

What a section holds is typed beside the code that reads it: `pipeline/exercises/NAME/stage.py` for an exercise,
`pipeline/corpora/NAME.py` for a corpus. So a stage depends on the types of its own section alone.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import YAMLError

from pipeline.core.errors import PipelineError

PARAMS = Path("params.yaml")

Positive = Annotated[int, Field(gt=0, lt=2**31)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
Share = Annotated[float, Field(ge=0, lt=1)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _distinct(seeds: list[int]) -> list[int]:
    if len(set(seeds)) < len(seeds):
        raise ValueError("the seeds must differ from one another")
    return seeds


UNSEEN = {"size", "nfiles"}  # parameters of these names DVC's run cache takes no account of (dvc/stage/cache.py)


class Section(BaseModel):
    """A mapping with known keys only; numbers are not read from strings.

    Raises:
        TypeError: a field has a name that DVC's run cache does not see: changing it would bring old results back.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if unseen := sorted(UNSEEN & set(cls.model_fields)):
            raise TypeError(f"{cls.__name__}: DVC's run cache ignores a parameter {unseen[0]!r}: name it otherwise")


class Training(Section):
    """What every exercise has."""

    epochs: Positive
    patience: Positive = Field(description="stop after so many epochs without a better validation score")
    batch_size: Positive
    learning_rate: Rate
    weight_decay: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    clip_norm: Rate
    dropout: Share


class BucketedTraining(Training):
    """What exercises have that batch sequences of like lengths."""

    batch_tokens: Positive | None = Field(description="a batch has at most so many, padding counted")


class Common(Section):
    """The values that all exercises share."""

    seeds: Annotated[list[Seed], Field(min_length=1), AfterValidator(_distinct)]
    more_seeds: Annotated[list[Seed], AfterValidator(_distinct)] = Field(description="see `Stage.more_seeds`")
    precision: Literal["auto", "fp32", "bf16"]

    def seeds_of(self, more: bool) -> list[int]:
        """The seeds of an exercise, each once."""
        return list(dict.fromkeys([*self.seeds, *(self.more_seeds if more else [])]))


S = TypeVar("S", bound=BaseModel)


def section(keys: str, kind: type[S], path: Path = PARAMS) -> S:
    """Read and check one section, such as "speech" or "corpora.imdb".

    Raises:
        PipelineError: the file or the section is missing, is not YAML, or holds a key or value that is not allowed;
            the message names the key.
    """
    values = read_params(path)
    for position, key in enumerate(keys.split(".")):
        if not isinstance(values, dict) or key not in values:
            raise PipelineError(f"{path}: {'.'.join(keys.split('.')[: position + 1])}: Field required")
        values = values[key]
    return checked(kind, values, path, keys)


def common(path: Path = PARAMS) -> Common:
    """Read and check the values that all exercises share; see `section`."""
    values = read_params(path)
    chosen = {key: values[key] for key in Common.model_fields if key in values} if isinstance(values, dict) else values
    return checked(Common, chosen, path)


def checked(kind: type[S], values: Any, path: Path, prefix: str = "") -> S:
    """`values` as `kind`, or one line that names every key that is wrong."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        problems = []
        for problem in error.errors():
            key = ".".join([*filter(None, [prefix]), *map(str, problem["loc"])]) or "the file"
            message = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]
            given = "" if problem["type"] in ("extra_forbidden", "missing") else f" (got {problem['input']!r})"
            problems.append(f"{key}: {message}{given}")
        raise PipelineError(f"{path}: {'; '.join(problems)}") from None


def read_params(path: Path = PARAMS) -> Any:
    """The content of params.yaml, not checked."""
    return read_yaml(path, "run this from the project's root")


def read_yaml(path: Path, otherwise: str) -> Any:
    """The content of a YAML file, read as DVC reads it: by YAML 1.2, in which 1e-5 is a number.

    Raises:
        PipelineError: the file is missing (`otherwise` says what to do), is not UTF-8, is not YAML, or gives a key
            twice.
    """
    try:
        return YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PipelineError(f"{path} is missing: {otherwise}") from None
    except UnicodeDecodeError as error:
        raise PipelineError(f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8") from None
    except DuplicateKeyError as error:
        key = re.search('duplicate key "(.*?)"', error.problem, re.DOTALL)
        assert key is not None and error.problem_mark is not None
        raise PipelineError(f"{path} line {error.problem_mark.line + 1}: {key[1]!r} is given twice") from None
    # Values are built unchecked: 2024-02-30 is a ValueError, `!!bool x` a KeyError, `!!map [1]` a TypeError.
    except (YAMLError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        text = str(error).replace('"<unicode string>"', f'"{path}"')
        raise PipelineError(f"{path} is not valid YAML: {text}") from None
