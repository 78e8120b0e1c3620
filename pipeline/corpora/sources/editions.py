"""sources.yaml, checked: where every edition of every corpus comes from."""

import os
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import unquote, urlsplit

from pydantic import Field, RootModel, StringConstraints, field_validator, model_validator

from pipeline.core.errors import PipelineError
from pipeline.core.params import Section, checked, read_yaml
from pipeline.corpora.corpus import MANIFEST

SOURCES = Path(__file__).parents[1] / "sources.yaml"
PLACES = ("package", "url", "path")


class File(Section):
    """One file: a place to get it from, its name here, and the SHA-256 of its bytes.

    A `url`, `path` or `sha256` that is null is for the user to fill in; see `edition`.
    """

    package: Annotated[str | None, StringConstraints(pattern=r"^[A-Za-z0-9][\w.-]*==[^\s=]+$")] = None
    url: Annotated[str | None, StringConstraints(pattern=r"^(https?://[^/\s]+|file://)/\S+$")] = None
    path: Annotated[str | None, StringConstraints(min_length=1)] = None
    name: str = ""
    sha256: Annotated[str | None, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

    @field_validator("sha256", mode="before")
    @classmethod
    def lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @model_validator(mode="after")
    def has_one_place_and_a_name(self) -> Self:
        given = [place for place in PLACES if place in self.model_fields_set]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(PLACES)} (found {', '.join(given) or 'none'})")
        if not self.name:
            if not (self.url or self.path):
                raise ValueError(f"a file given by `{given[0]}` needs a `name`")
            last = unquote(urlsplit(self.url).path) if self.url else str(self.path)
            object.__setattr__(self, "name", Path(last).name)
        if Path(self.name).name != self.name or "\\" in self.name or self.name in ("", ".", "..", MANIFEST):
            raise ValueError(f"{self.name!r} cannot be the name of a file here")
        return self


class Edition(Section):
    """How `prepare` reads an edition, and the files that it consists of."""

    reader: str = Field(min_length=1)
    files: list[File]

    @field_validator("files")
    @classmethod
    def have_distinct_names(cls, files: list[File]) -> list[File]:
        names = [file.name for file in files]
        if len(set(names)) < len(names):
            raise ValueError("two files have the same name")
        return files


Sources = dict[str, dict[str, Edition]]


def load(path: Path = SOURCES) -> Sources:
    """Read and check the whole file: corpus -> edition name -> edition.

    Raises:
        PipelineError: the file is missing, is not YAML, or has an entry that is not allowed; the
            message names the entry.
    """
    values = read_yaml(path, "restore it with `git checkout`")
    return checked(RootModel[Sources], values, path).root


def mirror() -> str:
    """The folder or URL that is looked at first for every file, by its name; empty if there is none."""
    return os.environ.get("MIRROR", "")


def edition(sources: Sources, corpus: str, name: str) -> Edition:
    """One edition, complete enough to be fetched: a mirror needs no other place.

    Raises:
        PipelineError: there is no such corpus or edition (the message names those there are), or the
            user has yet to fill in where a file is or what its hash is.
    """
    if corpus not in sources:
        raise PipelineError(f"there is no corpus {corpus!r}: choose one of {', '.join(sorted(sources))}")
    if name not in sources[corpus]:
        raise PipelineError(
            f"{corpus} has no edition {name!r}: set corpora.{corpus}.edition in params.yaml to one of "
            f"{', '.join(sorted(sources[corpus]))}, or add {name!r} to pipeline/corpora/sources.yaml"
        )
    found = sources[corpus][name]
    for file in found.files:
        place = next(place for place in PLACES if place in file.model_fields_set)
        for key in ("sha256",) if mirror() else (place, "sha256"):
            if getattr(file, key) is None:
                raise PipelineError(
                    f"edition {name!r} of {corpus} is not complete: fill in `{key}` of {file.name} "
                    f"in pipeline/corpora/sources.yaml (the comment there says how){others(sources, corpus, name)}"
                )
    return found


def others(sources: Sources, corpus: str, name: str) -> str:
    """The end of an error message: what else the user can choose."""
    rest = sorted(set(sources[corpus]) - {name})
    return f"; other editions of {corpus}: {', '.join(rest)} (corpora.{corpus}.edition in params.yaml)" if rest else ""
