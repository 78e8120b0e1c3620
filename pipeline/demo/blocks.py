"""What answers on the page are made of, as HTML whose words are escaped."""

from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

from pipeline.corpora.prepared.detokenise import detokenise

HOT = 0.7  # share of the full shade beyond which text is white, as in the report


def per_cent(share: float, language: str) -> str:
    """A share as people write it: "97%", in Spanish "97 %" with a space that does not break."""
    return f"{100 * share:.0f}{'%' if language == 'en' else chr(0xA0) + '%'}"


def side_by_side(cards: Sequence[tuple[str, str | Markup]]) -> Markup:
    """Cards with their titles."""
    shown = (Markup("<article><h3>{}</h3>{}</article>").format(title, content) for title, content in cards)
    return Markup('<div class="cards">{}</div>').format(Markup("").join(shown))


def bar(share: float, text: str) -> Markup:
    """A bar as long as `share`, 0 to 1, and what it says."""
    return Markup('<p class="bar"><b>{}</b><i style="--s:{:.3f}"></i></p>').format(text, share)


def shaded(text: str, share: float) -> Markup:
    """A word on a colour as strong as `share`, 0 to 1."""
    return Markup('<span class="shade{}" style="--s:{:.3f}">{}</span>').format(
        " hot" if share > HOT else "", share, text
    )


def running(words: Sequence[str], shown: Callable[[int, str], str | Markup] = lambda place, word: word) -> Markup:
    """Tokens as running text, each as `shown(place, word)` makes it."""
    pieces = [Markup("") for _ in words[:1]]
    pieces += [Markup("" if glued(*pair) else " ") for pair in zip(words, words[1:], strict=False)]
    return Markup("").join(
        space + escape(shown(place, word)) for place, (space, word) in enumerate(zip(pieces, words, strict=True))
    )


def glued(before: str, after: str) -> bool:
    """Whether no space stands between two tokens: none before a comma, none after a bracket."""
    return detokenise([before, after]) == before + after
