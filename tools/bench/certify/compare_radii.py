#!/usr/bin/env python3
"""Certified radii of words by limbeck against full CROWN of auto_LiRPA, on a network that tools/bench/certify/radii trained.

  python3 tools/bench/certify/compare_radii.py --limbeck LIMBECK --run RUN [--norm 2] [--method auto] [--sentences 1]

Needs torch <= 2.4, numpy < 2 and auto_LiRPA 0.3 (PyPI). RUN holds net (a Transformer without variance in its LayerNorm) and
sentences.json. limbeck searches the radius of each word (brackets of 1 %, float64); auto_LiRPA bounds the same word once at
that radius and once at a radius 5 % larger (float32), which tells whether its own radius is smaller, alike or larger. Its search
would need about as many bounds as limbeck's, seven.
"""

import argparse
import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import torch
from torch import nn

import compare
import word_net


def folded(centre):
    """A LayerNorm without the division as one matrix: auto_LiRPA 0.3 has no CROWN for its product with a constant."""
    size = centre.weight.numel()
    layer = nn.Linear(size, size)
    layer.weight = nn.Parameter(centre.weight.detach()[:, None] * (torch.eye(size) - 1 / size))
    layer.bias = nn.Parameter(centre.bias.detach())
    return layer


class Layer(nn.Module):
    """word_net.Layer with the scale of the scores inside the queries, for the same reason."""

    def __init__(self, layer):
        super().__init__()
        self.heads, self.width = layer.heads, layer.query.out_features
        scale = math.sqrt(self.width // self.heads)
        self.query = nn.Linear(self.width, self.width)
        self.query.weight = nn.Parameter(layer.query.weight.detach() / scale)
        self.query.bias = nn.Parameter(layer.query.bias.detach() / scale)
        self.key, self.value, self.mixed = layer.key, layer.value, layer.mixed
        self.hidden, self.out = layer.hidden, layer.out
        self.norm, self.out_norm = folded(layer.norm), folded(layer.out_norm)

    def split(self, x):
        return x.view(-1, int(x.shape[1]), self.heads, self.width // self.heads).permute(0, 2, 1, 3)

    def forward(self, x):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        context = q.matmul(k.transpose(-1, -2)).softmax(-1).matmul(v).permute(0, 2, 1, 3).reshape(-1, int(x.shape[1]), self.width)
        x = self.norm(self.mixed(context) + x)
        return self.out_norm(self.out(self.hidden(x).relu()) + x)


class OneWord(nn.Module):
    """The network as a function of one word (1, E) of a sentence (1, T, E): the others stand in a bias."""

    def __init__(self, net, words, position):
        super().__init__()
        self.length, self.size = words.shape[1:]
        self.place = nn.Linear(self.size, self.length * self.size)
        weight = torch.zeros(self.length * self.size, self.size)
        weight[position * self.size:(position + 1) * self.size] = torch.eye(self.size)
        others = words[0].clone()
        others[position] = 0
        self.place.weight, self.place.bias = nn.Parameter(weight), nn.Parameter(others.flatten())
        self.linear, self.norm = net.linear, folded(net.norm)
        self.layers = nn.ModuleList(Layer(layer) for layer in net.layers)
        self.pooler, self.classifier = net.pooler, net.classifier

    def forward(self, word):
        x = self.norm(self.linear(self.place(word).view(-1, self.length, self.size)))
        for layer in self.layers:
            x = layer(x)
        return self.classifier(self.pooler(x[:, 0]).tanh())


class Peer:
    def __init__(self, lirpa, net, words, position, label, norm):
        self.lirpa, self.word = lirpa, words[:, position].clone()
        one = OneWord(net, words, position)
        difference = float((one(self.word) - net(words)).abs().max())
        if difference > 1e-4:
            sys.exit(f"the function of one word differs from the network by {difference}")
        self.bounded = lirpa.BoundedModule(one, self.word, bound_opts={
            "relu": "adaptive", "exp": "no-max-input", "fixed_reducemax_index": True, "conv_mode": "matrix",
            "sparse_intermediate_bounds": False, "sparse_features_alpha": False})
        self.rows = torch.tensor([[[-1.0, 1.0] if label == 1 else [1.0, -1.0]]])
        self.norm = math.inf if norm == "inf" else float(norm)

    def margin(self, radius):
        region = self.lirpa.PerturbationLpNorm(norm=self.norm, eps=radius)
        lower, _ = self.bounded.compute_bounds(x=(self.lirpa.BoundedTensor(self.word, region),), C=self.rows, IBP=False,
                                               method="backward", bound_upper=False)
        return float(lower)


def import_auto_lirpa():
    lirpa = compare.import_auto_lirpa()
    members = lirpa.BoundedModule._named_members  # newer versions of torch pass one argument more
    lirpa.BoundedModule._named_members = (
        lambda self, get, prefix="", recurse=True, remove_duplicate=True: members(self, get, prefix, recurse))
    return lirpa


def search(arguments, row, folder):
    """limbeck's line of one sentence, and the seconds of the whole command."""
    (folder / "one.json").write_text(json.dumps([row]))
    start = time.perf_counter()
    subprocess.run([arguments.limbeck, "certify", "--model", str(arguments.run / "net"), "--data", str(folder / "one.json"), "--norm",
                    arguments.norm, "--method", arguments.method, "--threads", str(arguments.threads), "--output",
                    str(folder / "out"), "--overwrite", "--format", "quiet", "--progress", "never"], check=True)
    seconds = time.perf_counter() - start
    return json.loads((folder / "out/items.jsonl").read_text().splitlines()[0]), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limbeck", required=True)
    parser.add_argument("--run", required=True, type=pathlib.Path)
    parser.add_argument("--norm", default="2", choices=("1", "2", "inf"))
    parser.add_argument("--method", default="auto")
    parser.add_argument("--sentences", type=int, default=1)
    parser.add_argument("--words", type=int, default=0, help="of each sentence that auto_LiRPA bounds; 0: all")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    lirpa = import_auto_lirpa()
    net, vocabulary = word_net.load(arguments.run / "net")
    rows = json.loads((arguments.run / "sentences.json").read_text())
    at, above, peer_seconds, own_seconds, own_words, done = 0, 0, [], 0.0, 0, 0
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        for row in rows:
            if done == arguments.sentences:
                break
            item, seconds = search(arguments, row, pathlib.Path(folder))
            if item["state"] != "certified":
                continue
            done += 1
            own_seconds += seconds
            own_words += len(item["words"])
            words = net.table.detach()[torch.tensor([word_net.ids_of(row["sentence"], vocabulary)])]
            for word in item["words"][:arguments.words or None]:
                peer = Peer(lirpa, net, words, word["position"], row["label"], arguments.norm)
                start = time.perf_counter()
                at += peer.margin(word["radius"]) > 0
                peer_seconds.append(time.perf_counter() - start)
                above += peer.margin(1.05 * word["radius"]) > 0
    if not peer_seconds:
        sys.exit("no sentence has a certified radius")
    once, own = statistics.median(peer_seconds), own_seconds / own_words
    print(f"{len(peer_seconds)} words of {done} sentences, norm {arguments.norm}: auto_LiRPA's CROWN certifies {at} at limbeck's radius, "
          f"{above} at a radius 5 % larger; one bound of it {once:.2f} s, the whole search of limbeck {own:.2f} s a word "
          f"({7 * once / own:.0f} times for seven bounds)")


if __name__ == "__main__":
    main()
