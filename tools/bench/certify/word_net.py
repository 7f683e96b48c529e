#!/usr/bin/env python3
"""The word-level networks of `limbeck finetune --certified` in plain PyTorch, for other verifiers.

  python3 tools/bench/certify/word_net.py MODEL DATA.json [ITEMS.jsonl]     (needs torch)
Prints the accuracy on the sentences; with the items.jsonl of a run of `limbeck certify --budget N --method ibp` also the
largest difference of the margins of the sentences as they stand. As a module: load(MODEL) gives (net, vocabulary), net
maps embeddings (B, T, E) to logits and holds the table as net.table.
"""

import json
import math
import pathlib
import struct
import sys

import torch
from torch import nn

from word_ids import ids_of, read_vocabulary


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(bytearray(data[8 + length + begin:8 + length + end]), dtype=torch.float32)
        tensors[name] = values.view(entry["shape"])
    return tensors


class Centre(nn.Module):
    """LayerNorm without the division by the deviation."""

    def __init__(self, weight, bias):
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)

    def forward(self, x):
        return (x - x.mean(-1, keepdim=True)) * self.weight + self.bias


class Weights:
    def __init__(self, tensors, has_variance=False):
        self.tensors, self.has_variance = tensors, has_variance

    def dense(self, name):
        weight, bias = self.tensors[name + ".weight"], self.tensors[name + ".bias"]
        layer = nn.Linear(weight.shape[1], weight.shape[0])
        layer.weight, layer.bias = nn.Parameter(weight), nn.Parameter(bias)
        return layer

    def centre(self, name):
        weight, bias = self.tensors[name + ".weight"], self.tensors[name + ".bias"]
        if not self.has_variance:
            return Centre(weight, bias)
        norm = nn.LayerNorm(len(weight), eps=1e-12)
        norm.weight, norm.bias = nn.Parameter(weight), nn.Parameter(bias)
        return norm


class Layer(nn.Module):
    def __init__(self, w, name, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (w.dense(f"{name}attention.self.{part}") for part in ("query", "key", "value"))
        self.mixed, self.norm = w.dense(name + "attention.output.dense"), w.centre(name + "attention.output.LayerNorm")
        self.hidden, self.out = w.dense(name + "intermediate.dense"), w.dense(name + "output.dense")
        self.out_norm = w.centre(name + "output.LayerNorm")

    def split(self, x):
        # A batch of -1 and a plain number of words: some tracers keep the sizes of the example otherwise.
        return x.view(-1, int(x.shape[1]), self.heads, self.query.out_features // self.heads).permute(0, 2, 1, 3)

    def forward(self, x):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = q.matmul(k.transpose(-1, -2)) / math.sqrt(self.query.out_features // self.heads)
        context = scores.softmax(-1).matmul(v).permute(0, 2, 1, 3).reshape(-1, int(x.shape[1]), self.query.out_features)
        x = self.norm(self.mixed(context) + x)
        return self.out_norm(self.out(self.hidden(x).relu()) + x)


class Transformer(nn.Module):
    def __init__(self, config, tensors):
        super().__init__()
        w = Weights(tensors, config.get("layer_norm") == "standard")
        self.table = nn.Parameter(tensors["embeddings.word_embeddings.weight"])
        self.linear, self.norm = w.dense("linear_in"), w.centre("LayerNorm")
        self.layers = nn.ModuleList(Layer(w, f"bert.encoder.layer.{i}.", config["heads"]) for i in range(config["layers"]))
        self.pooler, self.classifier = w.dense("bert.pooler.dense"), w.dense("classifier")

    def forward(self, embeddings):
        x = self.norm(self.linear(embeddings))
        for layer in self.layers:
            x = layer(x)
        return self.classifier(self.pooler(x[:, 0]).tanh())


class Lstm(nn.Module):
    def __init__(self, config, tensors):
        super().__init__()
        width = config["width"]
        self.table = nn.Parameter(tensors["embeddings.weight"])
        self.lstm = nn.LSTM(width, width, config["layers"], batch_first=True, bidirectional=True)
        self.lstm.load_state_dict({name[5:]: value for name, value in tensors.items() if name.startswith("lstm.")})
        self.out = Weights(tensors).dense("head.out")

    def forward(self, embeddings):
        return self.out(self.lstm(embeddings)[0].mean(1))


class BagOfWords(nn.Module):
    def __init__(self, config, tensors):
        super().__init__()
        self.table = nn.Parameter(tensors["embeddings.weight"])

    def forward(self, embeddings):
        return embeddings.sum(1)


KINDS = {"transformer": Transformer, "lstm": Lstm, "bag_of_words": BagOfWords}


def load(model):
    model = pathlib.Path(model)
    config = json.loads((model / "config.json").read_text())
    tensors = read_safetensors(model / "model.safetensors")
    net = KINDS[config["architecture"]](config, tensors)
    return net.eval(), read_vocabulary(model / "vocab.txt")


def main(model, data, items=None):
    net, vocabulary = load(model)
    net = net.double()
    seen = {row["index"]: row for row in map(json.loads, open(items))} if items else {}
    right, worst, count = 0, 0.0, 0
    rows = json.loads(pathlib.Path(data).read_text())
    with torch.no_grad():
        for index, row in enumerate(rows):
            logits = net(net.table[torch.tensor([ids_of(row["sentence"], vocabulary)])])[0]
            others = torch.cat([logits[:row["label"]], logits[row["label"] + 1:]])
            margin = (logits[row["label"]] - others.max()).item()
            right += margin > 0
            known = seen.get(index, {})
            if known.get("margin_seen") is not None and not known.get("replaced"):
                worst, count = max(worst, abs(known["margin_seen"] - margin)), count + 1
    print(f"accuracy {right / len(rows):.4f} of {len(rows)} sentences")
    if items:
        print(f"{count} margins compared, largest difference {worst:.3g}")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
