"""`rnn tag`."""

from pipeline.answering.choice import answers, chosen
from pipeline.answering.lines import show, styled, texts
from pipeline.answering.options import FileOption, JsonOption, ModelOption, TextArgument

NAME = "tag"
COLOURS = {"PER": "yellow", "LOC": "green", "ORG": "cyan"}  # of entities; any other is magenta


def command(
    text: TextArgument = None, file: FileOption = None, model: ModelOption = None, as_json: JsonOption = False
) -> None:
    """Find the names of people, places, organisations and the rest. Exercise 10.

    \b
    rnn tag "Marie Curie worked at the University of Paris."
    """
    asked = texts(text, file)
    show(answers(chosen("tagging", model), asked), lambda row: marked(row["words"], row["tags"]), as_json)


def marked(words: list[str], tags: list[str]) -> str:
    """The sentence with its entities in brackets, each with its type."""
    from pipeline.corpora.prepared.detokenise import detokenise

    groups: list[tuple[str, list[str]]] = []  # type, or nothing; and its words
    for word, tag in zip(words, tags, strict=True):
        kind = tag[2:]
        if tag.startswith("I-") and groups and groups[-1][0] == kind:
            groups[-1][1].append(word)
        else:
            groups.append((kind, [word]))
    pieces = [
        f"[{detokenise(inside)} {styled(kind, fg=COLOURS.get(kind, 'magenta'), bold=True)}]" if kind else inside[0]
        for kind, inside in groups
    ]
    return detokenise(pieces)
