"""Diagrams: in both languages nothing is cut off, and what is written can be read on a phone."""

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from pipeline.report.charts import WIDTH
from pipeline.report.diagrams import DIAGRAMS, diagram
from pipeline.report.words import Words
from tests.reported_project import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", DIAGRAMS)
def test_words_of_a_diagram_are_whole_and_large_enough(name: str, language: str) -> None:
    chart = diagram(name, Words(language))
    assert chart is not None and chart.width == WIDTH and chart.caption
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


def test_another_name_is_no_diagram() -> None:
    assert diagram("curves", Words("en")) is None
