"""The look of every figure, in colours that the colour-blind can tell apart.

Colours: Okabe & Ito, "Color Universal Design" (2008).
"""

BLACK, GREY, PALE = "#222222", "#6E6E6E", "#E4E4E4"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", BLACK)  # each with its marker
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": BLACK,
    "axes.labelcolor": BLACK,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "xtick.color": BLACK,
    "ytick.color": BLACK,
}
