"""A page as the section of an exercise sees it: what it may quote, and the blocks that it may show.

A block is Markdown, and on the HTML page Markdown that HTML surrounds.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
from markupsafe import escape

from pipeline.core.errors import PipelineError
from pipeline.declaration import Exercise
from pipeline.registry import FOLDER, part
from pipeline.report import lesson
from pipeline.report.charts import Chart, Charts, bars
from pipeline.report.compared import comparison_charts
from pipeline.report.curves import curves_chart
from pipeline.report.markup import plain, sentence
from pipeline.report.quotes import Quotes
from pipeline.report.results import Files, Results
from pipeline.report.words import Words

HOT = 0.7  # share of the full shade, beyond which text is white


class Page:
    """What `section(page)` of an exercise's report.py reads, and what its template may call (`names`)."""

    def __init__(self, exercise: Exercise, language: str, html: bool, files: Files, charts: Charts) -> None:
        self.exercise, self.html, self.language = exercise, html, language
        self.results = Results(exercise, files)
        self.words = Words(language, exercise)
        if renamed := self.own("variant_names"):
            self.words.rename(renamed(self.results, self.words))
        self.quotes = Quotes(self.results, self.words, html)
        self._charts = charts

    def names(self) -> dict[str, Any]:
        """What every template has."""
        quotes = self.quotes
        return {
            "name": self.words.variant, "score": quotes.score, "number": quotes.number, "corpus": quotes.corpus,
            "setting": quotes.setting, "verdict": quotes.verdict, "figure": self.figure, "answered": self.answered,
            "compared": self.compared, "scores": self.scores, "confusion": self.confusion,
            "answers": partial(lesson.answers, self), "code": partial(lesson.code, self),
        }  # fmt: skip

    @property
    def template(self) -> str:
        """Where the section's prose is."""
        return f"{self.exercise.name}/{self.language}.j2"

    @property
    def code(self) -> str:
        """The source of the exercise's training, so that a page read alone still shows it."""
        path = FOLDER / self.exercise.name / "train.py"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def own(self, function: str) -> Any:
        """`section`, `figures` or `variant_names` of the exercise's report.py; None where it has none."""
        if not (FOLDER / self.exercise.name / "report.py").exists():
            return None
        return getattr(part(self.exercise.name, "report"), function, None)

    def chart(self, name: str) -> Chart | None:
        """One of the exercise's own charts, or of those that every exercise has; see `figure`."""
        own = self.own("figures")
        if own and name in (charts := own(self.results, self.words)):
            return charts[name]
        if name == "curves":
            return curves_chart(self.results, self.words)
        if name == "seconds":
            seconds = {
                self.words.variant(variant): self.results.score(variant, "seconds_per_epoch")
                for variant in self.results.variants
            }
            return bars(seconds, self.words["axes"]["seconds"], self.of_times("seconds_caption"))
        comparison, _, kind = name.rpartition("_")
        if kind in ("scores", "card", "differences") and self.results.pairs(comparison):
            return comparison_charts(comparison, self.results, self.words)[name]
        raise PipelineError(f"pipeline/exercises/{self.exercise.name} has no figure {name!r}: see its report.py")

    def figure(self, *names: str) -> str:
        """One chart, or several side by side, with their captions.

        Those of the exercise's report.py; `curves`, if anything was trained for more than an epoch; `seconds`; and of
        every comparison NAME_scores, NAME_card and NAME_differences.
        """
        charts = {name: chart for name in names if (chart := self.chart(name))}
        if not charts:
            return ""
        captions = {name: chart.caption or self.words.named("captions", name) for name, chart in charts.items()}
        shown = [self.drawn(name, chart, captions[name]) for name, chart in charts.items()]
        return self.framed(self.beside(shown), " ".join(captions.values()))

    def drawn(self, name: str, chart: Chart, text: str = "") -> str:
        """A chart without its caption: SVG in HTML, a link in Markdown. `text` is for those who cannot see it."""
        file = f"{self.exercise.name}_{name}"
        drawing = self._charts.shown(file, chart)
        if self.html:
            return f'<div class="svg" role="img" aria-label="{escape(text)}">{drawing}</div>'
        return f"![{text}](report/{self.language}/{file}.svg)"

    def answered(self, comparison: str) -> str:
        """A comparison's question, and what its differences show; empty where nothing is compared."""
        if not self.results.pairs(comparison):
            return ""
        lines = "\n".join(f"- {sentence(verdict)}." for verdict in self.quotes.verdicts(comparison))
        text = f"*{self.words.question(comparison)}*\n\n{lines}"
        return f'\n\n<div class="answered">\n\n{text}\n\n</div>\n\n' if self.html else f"\n\n{text}\n\n"

    def compared(self, comparison: str) -> str:
        """The same with the charts of its scores and its differences."""
        if not self.results.pairs(comparison):
            return ""
        return self.answered(comparison) + self.figure(f"{comparison}_scores", f"{comparison}_differences")

    def scores(self) -> str:
        """The table of the exercise's columns, a row for each variant."""
        columns = self.exercise.columns
        head = [self.words["variant"], *(self.words.get("columns", column.key, column.key) for column in columns)]
        rows = [
            [self.words.variant(variant), *(self.quotes.cell(variant, column) for column in columns)]
            for variant in self.results.variants
        ]
        timed = any(column.key == "seconds_per_epoch" for column in columns)
        caption = self.words["table_caption"] + (f" {self.of_times('times_caption')}" if timed else "")
        return self.framed(self.table(head, rows), caption, "wide")

    def of_times(self, caption: str) -> str:
        """A caption of times; on a CPU, it adds what they are seconds of."""
        return self.words[caption] + (f" {self.words['core_seconds']}" if self.results.devices == {"cpu"} else "")

    def confusion(self, variant: str) -> str:
        """The confusion matrix of a variant, summed over the seeds, and the commonest mistakes."""
        tables = self.results.over_seeds(variant, "test", "confusion")
        labels = [self.words.get("classes", label, label) for label in tables[0]["labels"]]
        counts = np.sum([table["counts"] for table in tables], axis=0)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        rows = [
            [label, *(self.shade(str(count or ""), share) for count, share in zip(*row, strict=True))]
            for label, *row in zip(labels, counts.tolist(), shares.tolist(), strict=True)
        ]
        caption = self.words["confusion_caption"].format(self.words.variant(variant))
        caption += f" {self.mistakes(labels, counts)} {self.words['shaded_share'] if self.html else ''}"
        return self.framed(self.table(["", *labels], rows), caption, "wide heat")

    def mistakes(self, labels: list[str], counts: np.ndarray) -> str:
        """The commonest mistakes of a confusion matrix: all that are equally common."""
        words, wrong = self.words["mistakes"], counts - np.diag(np.diag(counts))
        most = int(wrong.max())
        worst = [(labels[gold], labels[guess]) for gold, guess in np.argwhere(wrong == most)] if most else []
        kind = "several" if len(worst) > 1 else "one" if worst else "none"
        return str(words[kind]).format("; ".join(words["pair"].format(*pair) for pair in worst), most)

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]], align: str = "---:") -> str:
        """Cells in Markdown; the first of a row is its heading, the others are aligned as numbers are."""
        lines = [head, ["---", *[align] * (len(head) - 1)], *rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def shade(self, text: str, share: float) -> str:
        """A cell or a word on a colour as strong as `share`, 0 to 1."""
        if not self.html:
            return text
        return f'<span class="shade{" hot" if share > HOT else ""}" style="--s:{share:.3f}">{text}</span>'

    def plain(self, text: str) -> str:
        """Words of the data, escaped so that Markdown shows them as they are."""
        return plain(text)

    def beside(self, blocks: Sequence[str]) -> str:
        """Blocks side by side if there is room."""
        if len(blocks) == 1 or not self.html:
            return "\n\n".join(blocks)
        return '<div class="pair">\n\n' + "\n\n".join(f"<div>\n\n{block}\n\n</div>" for block in blocks) + "\n\n</div>"

    def framed(self, block: str, caption: str, kind: str = "") -> str:
        """A block with its caption; `kind` has classes of templates/style.css, of which `wide` scrolls."""
        if not self.html:
            return f"\n\n{block}\n\n{caption}\n\n"
        if "wide" in kind.split():  # what scrolls is the block, not its caption
            block = f'<div class="scroll">\n\n{block}\n\n</div>'
        opening = f'<figure class="{kind}">' if kind else "<figure>"
        return f"\n\n{opening}\n\n{block}\n\n<figcaption>\n\n{caption}\n\n</figcaption>\n</figure>\n\n"
