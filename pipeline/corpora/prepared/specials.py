"""The entries of a vocabulary or an alphabet that are no words or characters.

They come first, so the ids of padding and of what is unknown are the same everywhere.
"""

PAD, UNK, BOS, EOS = "<pad>", "<unk>", "<bos>", "<eos>"
PAD_ID, UNK_ID = 0, 1
