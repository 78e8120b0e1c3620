"""What an exercise shows on the page of `rnn demo`. `pipeline/exercises/NAME/demo.py` declares one, `DEMO`.

The page iterates over these declarations: it knows no exercise's name. Words are given in every language of the page,
by the language's code.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from pipeline.answering.choice import Choice
from pipeline.report.words import Words

LANGUAGES = ("en", "es")
Said = Mapping[str, str]  # language -> words


class Refused(Exception):
    """A value that a field does not take; its text says in the page's language what it takes."""


@dataclass(frozen=True)
class Text:
    """A field for text.

    Args:
        examples: texts that a click fills in; the first stands there from the beginning.
        limit: characters at most.
        pattern: that the whole text must match; `hint` says it in words.
    """

    name: str
    label: Said
    examples: tuple[str, ...]
    limit: int
    pattern: str | None = None
    hint: Said | None = None

    def read(self, value: Any, language: str, words: Mapping[str, str]) -> str:
        """The text, without spaces at its ends.

        Raises:
            Refused: it is no text, empty, too long, or does not match.
        """
        if not isinstance(value, str) or not value.strip():
            raise Refused(words["empty"])
        if len(value) > self.limit:
            raise Refused(words["too_long"].format(self.limit))
        if re.search("[\0\ud800-\udfff]", value):  # zero bytes, or half a character
            raise Refused(words["no_text"])
        if self.pattern and self.hint and not re.fullmatch(self.pattern, value.strip()):
            raise Refused(self.hint[language])
        return value.strip()


@dataclass(frozen=True)
class Slider:
    """A number between two others, both included."""

    name: str
    label: Said
    low: float
    high: float
    step: float
    start: float

    def read(self, value: Any, language: str, words: Mapping[str, str]) -> float:
        """The number.

        Raises:
            Refused: it is none, or not between the two.
        """
        number = float(value) if isinstance(value, str | int | float) and NUMBER.fullmatch(str(value)) else None
        if number is None or not self.low <= number <= self.high:
            raise Refused(words["no_number"].format(self.label[language], self.low, self.high))
        return number


@dataclass(frozen=True)
class Pick:
    """One of the variants that are asked."""

    name: str
    label: Said
    options: tuple[str, ...]

    def read(self, value: Any, language: str, words: Mapping[str, str]) -> str:
        """The variant.

        Raises:
            Refused: it is none of them.
        """
        if value not in self.options:
            raise Refused(words["no_option"].format(self.label[language]))
        return str(value)


NUMBER = re.compile(r"-?[0-9]{1,6}(\.[0-9]{1,6})?")
Field = Text | Slider | Pick


@dataclass(frozen=True)
class Asked:
    """What was filled in, and who answers."""

    values: Mapping[str, Any]  # by the name of the field: str of Text and Pick, float of Slider
    models: Mapping[str, Choice]  # by variant
    words: Words  # the exercise's, in the page's language

    @property
    def language(self) -> str:
        return self.words.language

    def prediction(self, variant: str, text: str) -> dict[str, Any]:
        """What the variant answers; see `predict`."""
        from pipeline.answering.predict import predict  # PyTorch: the page is there before it

        model = self.models[variant]
        return predict(model.directory, model.seed, [text])[0]

    def network(self, variant: str) -> tuple[Any, dict[str, Any], Path]:
        """The variant's model in evaluation mode, its model.json, and its directory; see `load`."""
        from pipeline.answering.predict import load

        model = self.models[variant]
        return *load(model.directory, model.seed), model.directory


@dataclass(frozen=True)
class Demo:
    """A part of the page.

    Args:
        lead: what there is to see, in a sentence or two.
        fields: what can be filled in.
        variants: whose best seeds are asked; every one must be built.
        answer: HTML, in pieces that the page shows as they come; what is no Markup is escaped.

    Raises:
        ValueError: a language lacks its words.
    """

    lead: Said
    fields: tuple[Field, ...]
    variants: tuple[str, ...]
    answer: Callable[[Asked], Iterable[str | Markup]]

    def __post_init__(self) -> None:
        hints = [field.hint for field in self.fields if isinstance(field, Text) and field.hint]
        for said in (self.lead, *(field.label for field in self.fields), *hints):
            if set(said) != set(LANGUAGES):
                raise ValueError(f"{said} is not in {' and '.join(LANGUAGES)}")
