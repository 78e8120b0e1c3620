"""Diagrams: in both languages nothing is cut off, and what is written can be read on a phone."""

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from pipeline.registry import FOLDER, exercises, part
from pipeline.report.charts import WIDTH
from pipeline.report.words import Words
from tests.reported_project import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("exercise", sorted(path.parent.name for path in FOLDER.glob("*/diagram.py")))
def test_words_of_a_diagram_are_whole_and_large_enough(exercise: str, language: str) -> None:
    words = Words(language, exercises()[exercise])
    for name, chart in part(exercise, "diagram").diagrams(words).items():
        assert chart.width == WIDTH and words.named("captions", name)
        figure = Figure(figsize=(chart.width, chart.height), layout="constrained")
        chart.paint(figure)
        figure.draw_without_rendering()
        texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
        assert len(texts) > 5
        for text in texts:
            box = text.get_window_extent()
            assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1, text.get_text()
            assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1, text.get_text()
            assert text.get_fontsize() >= 9
