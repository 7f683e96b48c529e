#!/usr/bin/env python3
"""CROWN-IBP of word replacements by auto_LiRPA and by limbeck, interleaved in one run, on a published Transformer.

  python3 tools/bench/certify/compare.py --bench certify_bench --data DATA [--model 1layer] [--limit N] [--rounds 3]

Needs torch <= 2.4, numpy < 2 and auto_LiRPA 0.3 (PyPI). DATA is the folder with models/deept and sentiment/deept_sst.
auto_LiRPA gets batches of --batch sentences of one length, float32 (as it always computes), every budget alone: its
numbers of verified sentences are compared with limbeck's before the seconds count. limbeck runs as
`certify_bench DATA MODEL sweep DTYPE LIMIT`, which bounds all six budgets at once.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch

import word_net

BUDGETS = (1, 2, 3, 4, 5, 6)


def import_auto_lirpa():
    """auto_LiRPA 0.3 with the names that newer versions of its libraries have dropped."""
    if not hasattr(np, "bool"):
        np.bool = bool
    from torch.onnx import symbolic_helper
    if not hasattr(symbolic_helper, "_set_opset_version"):
        from torch.onnx._globals import GLOBALS

        def set_version(version):
            GLOBALS.export_onnx_opset_version = version
        symbolic_helper._set_opset_version = set_version
    if not hasattr(torch._C.Node, "__getitem__"):
        torch._C.Node.__getitem__ = lambda node, key: getattr(node, node.kindOf(key))(key)
    import logging
    import auto_LiRPA
    auto_LiRPA.utils.logger.setLevel(logging.WARNING)  # it logs each set it makes
    return auto_LiRPA


class SynonymModel:
    """What auto_LiRPA's synonym set wants to know of a model."""

    def __init__(self, net, vocabulary):
        self.vocab = vocabulary
        self.word_embeddings = torch.nn.Embedding.from_pretrained(net.table.detach(), freeze=True)


def load_sentences(data, vocabulary, limit):
    rows = json.loads((data / "sentiment/deept_sst/test.json").read_text())
    for row in rows[:limit or None]:
        words = row["sentence"].lower().split(" ")[:30]
        tokens = ["[CLS]", *(word if word in vocabulary else "[UNK]" for word in words), "[SEP]"]
        yield tokens, {"label": row["label"], "sentence": row["sentence"], "candidates": row["candidates"][:30]}


class Peer:
    def __init__(self, net, vocabulary, sentences, batch):
        self.lirpa = import_auto_lirpa()
        self.net, self.vocabulary, self.model = net, vocabulary, SynonymModel(net, vocabulary)
        by_length = collections.defaultdict(list)
        for tokens, example in sentences:
            by_length[len(tokens)].append((tokens, example))
        self.batches = [group[i:i + batch] for _, group in sorted(by_length.items()) for i in range(0, len(group), batch)]
        self.bounded = {}
        self.count = sum(map(len, self.batches))

    def set_of(self, budget):
        with tempfile.TemporaryDirectory() as folder:  # it reads data/synonyms.json, which candidates make needless
            (pathlib.Path(folder) / "data").mkdir()
            (pathlib.Path(folder) / "data/synonyms.json").write_text("{}")
            here = os.getcwd()
            os.chdir(folder)
            try:
                region = self.lirpa.PerturbationSynonym(budget=budget)
            finally:
                os.chdir(here)
        region.model = self.model
        return region

    def verified(self, budget):
        """Sentences proved, by IBP bounds inside and backward substitution of the margin."""
        proved = 0
        for batch in self.batches:
            tokens = [pair[0] for pair in batch]
            ids = torch.tensor([[self.vocabulary[word] for word in row] for row in tokens])
            x = self.net.table.detach()[ids]
            region = self.set_of(budget)
            length = ids.shape[1]
            if length not in self.bounded:
                self.bounded[length] = self.lirpa.BoundedModule(
                    self.net, x[:1], bound_opts={"relu": "zero-lb", "exp": "no-max-input", "fixed_reducemax_index": True})
            bounded = self.bounded[length]
            labels = torch.tensor([pair[1]["label"] for pair in batch])
            rows = torch.zeros(len(batch), 1, 2)
            rows[torch.arange(len(batch)), 0, labels] = 1
            rows[torch.arange(len(batch)), 0, 1 - labels] = -1
            ptb_input = self.lirpa.BoundedTensor(x, region)
            region_aux = (tokens, [pair[1] for pair in batch])
            lower, _ = bounded.compute_bounds(x=(ptb_input,), aux=region_aux, C=rows, IBP=True, method="backward",
                                              bound_upper=False)
            proved += int((lower[:, 0] > 0).sum())
        return proved


def limbeck(bench, data, model, dtype, limit):
    text = subprocess.run([bench, str(data), model, "sweep", dtype, str(limit)], check=True, capture_output=True,
                          text=True).stdout
    seconds = float(re.search(r"median ([0-9.]+) s", text).group(1))
    return seconds, [int(n) for n in re.findall(r"verified [0-9.]+ \((\d+)\)", text)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--model", default="1layer", choices=("1layer", "3layer"))
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    tensors = word_net.read_safetensors(args.data / f"models/deept/sst_transformer_{args.model}_certified.safetensors")
    net = word_net.Transformer({"heads": 4, "layers": int(args.model[0])}, tensors).eval()
    words = (args.data / "models/deept/bert-custom-word-vocab-uncased/vocab.txt").read_text(encoding="utf-8")
    vocabulary = {word: i for i, word in enumerate(words.rstrip("\n").split("\n"))}
    peer = Peer(net, vocabulary, list(load_sentences(args.data, vocabulary, args.limit)), args.batch)
    times = collections.defaultdict(list)
    with torch.no_grad():
        peer.verified(1)  # warm-up: makes the graph of each length, as certify_bench does before it measures
    for round_ in range(args.rounds):
        for dtype in ("float", "double"):
            seconds, counts = limbeck(args.bench, args.data, args.model, dtype, args.limit)
            times["limbeck, " + dtype].append(seconds)
            if round_ == 0:
                print(f"limbeck, {dtype}: verified {counts}", flush=True)
        start = time.perf_counter()
        with torch.no_grad():
            proved = [peer.verified(budget) for budget in BUDGETS]
        times["auto_LiRPA"].append(time.perf_counter() - start)
        if round_ == 0:
            print(f"auto_LiRPA: verified {proved} of {peer.count}", flush=True)
    theirs = statistics.median(times["auto_LiRPA"])
    print(f"auto_LiRPA {peer.lirpa.__version__}, float: {theirs:.2f} s, six budgets, one after the other")
    for name in ("limbeck, float", "limbeck, double"):
        ours = statistics.median(times[name])
        print(f"{name}: {ours:.3f} s, six budgets in one sweep; auto_LiRPA takes {theirs / ours:.1f} times as long, for one "
              f"budget {theirs / len(BUDGETS) / ours:.1f} times")


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    main()
