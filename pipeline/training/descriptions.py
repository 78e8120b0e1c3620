"""What each exercise asks, for its experiment's page in MLflow."""

DESCRIPTIONS = {
    "parity": "Exercise 0: is the sum of a digit sequence odd? Trained on 1 to 10 digits, tested on up to 500.",
    "speech": "Exercise 9: which word is spoken? One to four bidirectional recurrent layers over cepstra.",
    "sentiment": "Exercise 3: is a film review positive or negative? LSTM against GRU, last state; bf16 against fp32.",
    "embeddings": "Exercise 4: random, word2vec or GloVe vectors, trained or frozen?",
    "packing": "Exercise 6: one review at a time, padded, packed, bucketed. What does each cost?",
    "pooling": "Exercise 5: one vector from the states of all steps. Last, mean, sum, maximum or learnt weights?",
    "tagging": "Exercise 10: named entities. One direction, both, and both with characters and a CRF.",
    "shared_mlp": "Exercise 1: handwritten digits, hidden layers that share one matrix (two or three uses) or not.",
    "next_value": "Exercise 2: next year's sunspots, hand-written networks against persistence and autoregressions.",
    "char_lm": "An LSTM of Shakespeare's characters: windows of 16 or 128, hidden size 128 or 256.",
    "word_lm": "Exercise 7: the next word, in batches of different lengths; state carried on or reset.",
    "translation": "Exercises 8 and 11: translation without attention, with Bahdanau's, with Luong's.",
}
