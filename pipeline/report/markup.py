"""Markdown as HTML. The text of a page is Markdown; what only HTML can show is written in it as HTML."""

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape


class Renderer(RendererHTML):
    """Makes the first cell of a table's row its heading."""

    def td_open(self, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
        if tokens[place - 1].type == "tr_open":
            return f'<th scope="row"{self.renderAttrs(tokens[place])}>'
        return self.renderToken(tokens, place, options, env)

    def td_close(self, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
        return "</th>\n" if tokens[place - 3].type == "tr_open" else self.renderToken(tokens, place, options, env)


MARKDOWN = MarkdownIt("commonmark", {"html": True}, renderer_cls=Renderer).enable("table")


CODE = re.compile(r"(^```.*?^```$|<pre\b.*?</pre>)", re.MULTILINE | re.DOTALL)  # stays as it is


def tidy(markdown: str) -> str:
    """Without runs of blank lines and spaces at the ends of lines; a number and its per cent sign stay together."""
    parts = CODE.split(markdown.strip())
    for place in range(0, len(parts), 2):
        text = re.sub(r"[ \t]+$", "", parts[place], flags=re.MULTILINE).replace(" %", "\u00a0%")
        parts[place] = re.sub(r"\n{3,}", "\n\n", text)
    return "".join(parts)


def to_html(markdown: str) -> Markup:
    """HTML; the place of an answer that stands alone is no paragraph."""
    html = re.sub(r'<p>((?:<a id="[\w-]+"></a>)+)</p>', r"\1", MARKDOWN.render(markdown))
    return Markup(html.strip())


def inline(markdown: str) -> Markup:
    """A line without a paragraph around it."""
    return Markup(MARKDOWN.renderInline(markdown))


def sentence(text: str) -> str:
    """With a capital first letter, in bold or not."""
    return re.sub(r"^\W*\w", lambda match: match[0].upper(), text)


def plain(text: str) -> str:
    """Words of the data, escaped so that Markdown shows them as they are."""
    return re.sub(r"([|*_`~\[\]\\])", r"\\\1", str(escape(text)))
