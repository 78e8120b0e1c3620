"""The tutorial is a fair yardstick: given the same weights it computes what the pipeline's classifier computes."""

import torch

from benchmarks.tutorial import TutorialClassifier, collate
from pipeline.core.params import section
from pipeline.exercises.sentiment.stage import STAGE
from pipeline.models.classifier import Classifier


def test_the_tutorial_computes_what_the_classifier_does():
    torch.manual_seed(1)
    settings = section(STAGE.name, STAGE.settings).model_copy(update={"embedding_size": 5, "hidden_size": 7})
    tutorial = TutorialClassifier(11, settings).eval()
    ours = Classifier(11, 2, 5, 7, settings.layers, settings.bidirectional, "lstm", settings.pooling, 0.5).eval()
    names = {name: name.replace("lstm.", "recurrent.") for name in tutorial.state_dict()}
    ours.load_state_dict({names[name]: value for name, value in tutorial.state_dict().items()})
    rows = [(torch.randint(1, 11, (length,)), 0) for length in (3, 9, 1, 6)]
    tokens, lengths, _ = collate(rows)
    torch.testing.assert_close(tutorial(tokens, lengths), ours(tokens, lengths)[0])
