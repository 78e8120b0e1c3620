"""The entries of a vocabulary or an alphabet that are no words or characters.

They come first, so the ids of padding and of what is unknown are the same everywhere.
"""

PAD, UNK, BOS, EOS = "<pad>", "<unk>", "<bos>", "<eos>"
PAD_ID, UNK_ID = 0, 1
OF_LINES = (PAD, UNK, EOS)  # those of a vocabulary of lines, which end,
OF_PAIRS = (PAD, UNK, BOS, EOS)  # and of pairs of sentences, which begin and end
