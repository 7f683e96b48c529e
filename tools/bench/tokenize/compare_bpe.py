#!/usr/bin/env python3
"""Ids of limbeck's byte-level BPE against PyPI tokenizers, then the speed of both.

  python compare_bpe.py --bench build/tools/bench/tokenize/tokenize_bench --model MODEL.gguf|DIR \\
      [--text FILE...] [--lines 100000] [--edge 20000] [--each-scalar] [--speed FILE]
A GGUF's tokenizer is rebuilt for the reference by ../generate/reference.py; with --as-json limbeck reads the tokenizer.json
that the reference writes, in place of MODEL.
"""

import argparse
import importlib.util
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import tokenizers  # noqa: E402

import compare  # noqa: E402
import edge_lines  # noqa: E402


def load(model):
    if not model.endswith(".gguf"):
        return tokenizers.Tokenizer.from_file(os.path.join(model, "tokenizer.json"))
    spec = importlib.util.spec_from_file_location("generate_reference", os.path.join(HERE, "../generate/reference.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.tokenizer(model)


def parity(arguments, tokenizer):
    lines = [line for path in arguments.text for line in compare.read_lines(path)]
    random.Random(1).shuffle(lines)
    lines = lines[:arguments.lines] + edge_lines.edge_lines(arguments.edge, 1)
    if arguments.each_scalar:
        lines += list(edge_lines.each_scalar_lines())
    payload = "".join(json.dumps([line, None, 0]) + "\n" for line in lines)
    answer = subprocess.run([arguments.bench, "ids", arguments.model], input=payload, capture_output=True, text=True,
                            check=True).stdout.splitlines()
    wrong = 0
    for line, got, want in zip(lines, answer, tokenizer.encode_batch_fast(lines, add_special_tokens=False), strict=True):
        if got.split(";")[0].split() != [str(i) for i in want.ids]:
            wrong += 1
            if wrong <= 5:
                print("ids differ:", ascii(line), "\n  want", want.ids, "\n  got ", got.split(";")[0])
    print(f"parity with tokenizers {tokenizers.__version__}: {len(lines)} lines, {wrong} mismatches")
    return wrong


def speed(arguments, tokenizer):
    lines = compare.read_lines(arguments.speed)[:20000]
    size = sum(len(line.encode()) + 1 for line in lines) / 1e6
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8", newline="\n") as file:
        file.write("".join(line + "\n" for line in lines))
        file.flush()
        server = subprocess.Popen([arguments.bench, "serve", arguments.model, file.name], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        ours, peer = [], []
        for _ in range(7):
            server.stdin.write("run\n")
            server.stdin.flush()
            ours.append(size / float(server.stdout.readline().split()[0]))
            start = time.perf_counter()
            tokenizer.encode_batch_fast(lines)
            peer.append(size / (time.perf_counter() - start))
    print(f"{len(lines)} lines, {size:.2f} MB, 1 thread: limbeck {statistics.median(ours):.1f} MB/s, "
          f"tokenizers {statistics.median(peer):.1f} MB/s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--text", nargs="*", default=[])
    parser.add_argument("--lines", type=int, default=100000)
    parser.add_argument("--edge", type=int, default=20000)
    parser.add_argument("--each-scalar", action="store_true")
    parser.add_argument("--speed")
    parser.add_argument("--as-json", action="store_true")
    arguments = parser.parse_args()
    tokenizer = load(arguments.model)
    with tempfile.TemporaryDirectory() as folder:
        if arguments.as_json:
            tokenizer.save(os.path.join(folder, "tokenizer.json"))
            arguments.model = folder
        wrong = parity(arguments, tokenizer)
        if arguments.speed:
            speed(arguments, tokenizer)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
