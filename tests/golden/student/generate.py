"""Writes the tiny students of this folder and the vectors that PyTorch's nn.LSTM gives for them.

Run: python generate.py  (torch, tokenizers, safetensors). Nothing of limbeck takes part.
"""
import json
import pathlib
import sys

import safetensors.torch
import tokenizers
import torch
from tokenizers import BertWordPieceTokenizer

HERE = pathlib.Path(__file__).resolve().parent
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = "the a film movie is was good bad not very dull bright play man woman guitar sing and , . ! ? '".split()
PIECES = ["##s", "##ing", "##ly", "##er", "##ed"]
LETTERS = [chr(c) for c in range(ord("a"), ord("z") + 1)]
VOCAB = SPECIAL + WORDS + PIECES + [w for w in LETTERS if w != "a"] + ["##" + c for c in LETTERS]

TEXTS = [
    "The film is good.", "", "a man plays the guitar", "A woman sings brightly, and the man was dull!",
    "Not very good?", "\u4f60\u597d", "good", "Bad bad bad movies", "zebra quartz",
    "the the the the the the the the the the the the the the the the the the the the the the",
    "is", "It's a very, very dull play. And was it good? The woman was not singing.", "caf\u00e9", "...",
]

CASES = {
    "mean": dict(pooling="mean", layers=1, projection_width=12, normalize=True),
    "max_two_layers": dict(pooling="max", layers=2, projection_width=0, normalize=True),
    "last_two_layers": dict(pooling="last", layers=2, projection_width=20, normalize=False),
    "attention": dict(pooling="attention", layers=1, projection_width=70, normalize=True, hidden_width=18),
    "classify": dict(pooling="attention", layers=2, projection_width=0, normalize=False,
                     head=dict(task="custom", pair=False, regression=False,
                               labels=["negative", "neutral", "positive"], hidden_width=0)),
    "classify_pair": dict(pooling="max", layers=1, projection_width=8, normalize=True,
                          head=dict(task="mrpc", pair=True, regression=False,
                                    labels=["different", "same"], hidden_width=9)),
    "score_pair": dict(pooling="mean", layers=1, projection_width=8, normalize=True, hidden_width=16,
                       head=dict(task="stsb", pair=True, regression=True, labels=[], hidden_width=5)),
}


def weights(config, generator):
    def uniform(*shape, bound=0.6):
        return (torch.rand(*shape, generator=generator) * 2 - 1) * bound

    e, h, a = config["embedding_width"], config["hidden_width"], config["attention_width"]
    state = {"embeddings.weight": uniform(config["vocabulary_size"], e, bound=1.5)}
    for layer in range(config["layers"]):
        for tail in ("", "_reverse"):
            state[f"lstm.weight_ih_l{layer}{tail}"] = uniform(4 * h, e if layer == 0 else 2 * h)
            state[f"lstm.weight_hh_l{layer}{tail}"] = uniform(4 * h, h)
            state[f"lstm.bias_ih_l{layer}{tail}"] = uniform(4 * h)
            state[f"lstm.bias_hh_l{layer}{tail}"] = uniform(4 * h)
    if config["pooling"] == "attention":
        state["attention.dense.weight"] = uniform(a, 2 * h)
        state["attention.dense.bias"] = uniform(a)
        state["attention.score.weight"] = uniform(1, a, bound=2.0)
    if config["projection_width"]:
        state["projection.weight"] = uniform(config["projection_width"], 2 * h)
        state["projection.bias"] = uniform(config["projection_width"])
    head = config.get("limbeck_head")
    if head:
        width = 2 * h * (4 if head["pair"] else 1)
        if head["hidden_width"]:
            state["head.dense.weight"] = uniform(head["hidden_width"], width)
            state["head.dense.bias"] = uniform(head["hidden_width"])
            width = head["hidden_width"]
        outputs = 1 if head["regression"] else len(head["labels"])
        state["head.out.weight"] = uniform(outputs, width)
        state["head.out.bias"] = uniform(outputs)
    return state


def short(tensor):
    """Nine digits give a float32 back exactly."""
    return [float(f"{value:.9g}") for value in tensor.tolist()]


class Reference:
    """One sentence at a time, so that no padding is involved."""

    def __init__(self, config, state, tokenizer):
        self.config, self.state, self.tokenizer = config, state, tokenizer
        self.lstm = torch.nn.LSTM(config["embedding_width"], config["hidden_width"], config["layers"],
                                  batch_first=True, bidirectional=True)
        self.lstm.load_state_dict({k[len("lstm."):]: v for k, v in state.items() if k.startswith("lstm.")})

    def ids(self, text):
        ids = self.tokenizer.encode(text, add_special_tokens=False).ids[: self.config["max_length"]]
        return ids or [VOCAB.index("[UNK]")]

    def pooled(self, text):
        states = self.lstm(self.state["embeddings.weight"][self.ids(text)].unsqueeze(0))[0][0]
        h, pooling = self.config["hidden_width"], self.config["pooling"]
        if pooling == "last":
            return torch.cat([states[-1, :h], states[0, h:]])
        if pooling == "mean":
            return states.mean(0)
        if pooling == "max":
            return states.max(0).values
        dense = torch.tanh(torch.nn.functional.linear(
            states, self.state["attention.dense.weight"], self.state["attention.dense.bias"]))
        scores = torch.nn.functional.linear(dense, self.state["attention.score.weight"])[:, 0]
        return torch.softmax(scores, 0) @ states

    def vector(self, text):
        vector = self.pooled(text)
        if self.config["projection_width"]:
            vector = torch.nn.functional.linear(vector, self.state["projection.weight"], self.state["projection.bias"])
        return torch.nn.functional.normalize(vector, dim=0) if self.config["normalize"] else vector

    def logits(self, first, second=None):
        u = self.pooled(first)
        if second is not None:
            v = self.pooled(second)
            u = torch.cat([u, v, (u - v).abs(), u * v])
        if "head.dense.weight" in self.state:
            u = torch.relu(torch.nn.functional.linear(u, self.state["head.dense.weight"], self.state["head.dense.bias"]))
        return torch.nn.functional.linear(u, self.state["head.out.weight"], self.state["head.out.bias"])


def write_case(name, options, seed):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(VOCAB) + "\n")
    json.dump(dict(tokenizer_class="BertTokenizer", do_lower_case=True), open(folder / "tokenizer_config.json", "w"))
    tokenizer = BertWordPieceTokenizer(str(folder / "vocab.txt"), lowercase=True)
    config = dict(model_type="limbeck_bilstm", architectures=["LimbeckBiLstm"], vocabulary_size=len(VOCAB),
                  embedding_width=11, hidden_width=7, attention_width=6, max_length=16)
    options = dict(options)
    head = options.pop("head", None)
    config.update(options)
    if head:
        config["limbeck_head"] = head
    json.dump(config, open(folder / "config.json", "w"), indent=1)
    state = weights(config, torch.Generator().manual_seed(seed))
    safetensors.torch.save_file(state, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    reference = Reference(config, state, tokenizer)
    with torch.no_grad():
        golden = dict(texts=TEXTS, ids=[reference.ids(t) for t in TEXTS],
                      vectors=[short(reference.vector(t)) for t in TEXTS])
        if head:
            seconds = TEXTS[1:] + TEXTS[:1] if head["pair"] else [None] * len(TEXTS)
            golden["logits"] = [short(reference.logits(a, b)) for a, b in zip(TEXTS, seconds)]
    json.dump(golden, open(folder / "golden.json", "w"))


def main():
    for seed, (name, options) in enumerate(CASES.items()):
        write_case(name, options, seed + 1)
    origin = dict(tool="torch.nn.LSTM, tokenizers.BertWordPieceTokenizer", command="python generate.py",
                  versions=dict(torch=torch.__version__, tokenizers=tokenizers.__version__,
                                python=sys.version.split()[0]),
                  seeds="1 .. 7, in the order of CASES", dtype="float32",
                  tolerance=1e-5,
                  why="both sides round in float32; sums of at most 70 products of values below 2, 16 steps")
    json.dump(origin, open(HERE / "origin.json", "w"), indent=1)


if __name__ == "__main__":
    main()
