"""The words of a language: those of every page, in templates/words.LANGUAGE.yaml, and those of an exercise.

An exercise's own are in its folder's LANGUAGE.yaml: `title`; `label`, where it is not "Exercise N"; `variants`, and
for variants without a name there a `variant_pattern`, filled with what distinguishes them ("{layers} layers");
`captions`; `axes`, `columns` and `diagrams`, which come on top of the page's; `headlines`, the titles of its cards;
`asked` and `points`, what the sheet wants (lesson.py); `limits` of its models (model_card.py). A language other than
English also has `questions` and `metrics`, which English takes from the declarations.
"""

from pathlib import Path
from typing import Any, NamedTuple

from pipeline.core.errors import PipelineError
from pipeline.core.params import read_yaml
from pipeline.declaration import Exercise
from pipeline.registry import FOLDER

TEMPLATES = Path(__file__).parent / "templates"
RESTORE = "restore it with `git checkout`, or write it"


class MetricWords(NamedTuple):
    """What a metric is called."""

    axis: str  # name and unit of the test score
    points: str  # unit of a difference
    curve: str  # name and unit of the validation score


class Words:
    """An exercise's words by key: words["axes"]["epoch"]. Without an exercise, those that every page uses."""

    def __init__(self, language: str, exercise: Exercise | None = None) -> None:
        self.language, self.exercise = language, exercise
        self._file = TEMPLATES / f"words.{language}.yaml"
        self._words: dict[str, Any] = read_yaml(self._file, RESTORE)
        if exercise:
            self._file = FOLDER / exercise.name / f"{language}.yaml"
            own = read_yaml(self._file, RESTORE)
            if "title" not in own:  # else the section would have the page's
                raise PipelineError(f"{self._file} has no 'title': write it")
            for key, value in own.items():
                self._words[key] = self._words.get(key, {}) | value if isinstance(value, dict) else value

    def __getitem__(self, key: str) -> Any:
        try:
            return self._words[key]
        except KeyError:
            raise PipelineError(f"{self._file} has no {key!r}: write it") from None

    def has(self, key: str) -> bool:
        """Whether there are such words, which an exercise may do without."""
        return key in self._words

    def get(self, group: str, key: str, otherwise: str) -> str:
        """A word of a group, or `otherwise` if the group lacks it."""
        return str(self._words.get(group, {}).get(key, otherwise))

    def named(self, group: str, key: str) -> str:
        """A word that its group must have."""
        if (text := self.get(group, key, "")) == "":
            raise PipelineError(f"{self._file} has no {group}.{key}: write it")
        return text

    def variant(self, name: str) -> str:
        """A variant's name."""
        assert self.exercise is not None
        if text := self.get("variants", name, ""):
            return text
        try:
            return str(self._words.get("variant_pattern", name)).format(**self.exercise.stage.variants[name])
        except KeyError as error:
            raise PipelineError(
                f"{self._file}: {name} has no {error} for variant_pattern: name it in variants"
            ) from None

    def rename(self, variants: dict[str, str]) -> None:
        """Give variants other names, if these follow from settings or data."""
        self._words["variants"] = self._words.get("variants", {}) | variants

    def metric(self, name: str) -> MetricWords:
        assert self.exercise is not None
        metric = self.exercise.metric(name)
        own = self._words.get("metrics", {}).get(name)
        return MetricWords(**own) if own else MetricWords(metric.axis, metric.points, metric.curve_axis)

    def question(self, comparison: str) -> str:
        """What a comparison asks: in English as it is declared."""
        assert self.exercise is not None
        if self.language != "en":
            return self.named("questions", comparison)
        declared = {found.name: found.question for found in self.exercise.comparisons}
        return declared[comparison]

    @property
    def label(self) -> str:
        """What is written over a section's title."""
        assert self.exercise is not None
        return str(self._words.get("label", f"{self['exercise']} {self.exercise.number}"))

    def listed(self, items: list[str]) -> str:
        """One or more, as a list in words."""
        *first, last = items
        return f"{', '.join(first)} {self['and']} {last}" if first else last
