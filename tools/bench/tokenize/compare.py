#!/usr/bin/env python3
"""Ids and spans of limbeck against PyPI tokenizers, then the speed of both in one interleaved run.

  python compare.py --bench build/tools/bench/tokenize/tokenize_bench --model DIR --text FILE... \\
      [--lines 100000] [--edge 60000] [--each-scalar] [--only SETTING] [--speed FILE] [--runs 7]
--model needs vocab.txt; its tokenizer.json is compared too when it is there. Text files may be gzipped.
"""

import argparse
import gzip
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tokenizers  # noqa: E402

import edge_lines  # noqa: E402
import reference  # noqa: E402

SETTINGS = {
    "uncased": {"do_lower_case": True},
    "cased": {"do_lower_case": False},
    "cased, strip_accents": {"do_lower_case": False, "strip_accents": True},
    "uncased, accents kept": {"do_lower_case": True, "strip_accents": False},
    "uncased, ideographs not spaced": {"do_lower_case": True, "tokenize_chinese_chars": False},
}


def read_lines(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", errors="replace", newline="\n") as file:
        return [line.rstrip("\n") for line in file if line.strip()]


def records(lines, seed):
    """Every line alone; one in four also as a pair; half of all cut to a random length."""
    rng = random.Random(seed)
    for i, line in enumerate(lines):
        limit = rng.choice([0, 0, 0, rng.randint(3, 64), rng.choice([3, 4, 5, 128, 256])])
        yield [line, None, limit]
        if i % 4 == 0:
            yield [line, lines[rng.randrange(len(lines))], rng.choice([0, rng.randint(3, 64), rng.randint(3, 300)])]


def compare(bench, directory, name, lines, seed):
    tokenizer = reference.from_directory(directory)
    made = list(records(lines, seed))
    payload = "".join(json.dumps(r) + "\n" for r in made)
    answer = subprocess.run([bench, "ids", directory], input=payload, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        sys.exit(f"{name}: tokenize_bench failed: {answer.stderr}")
    wrong_ids = wrong_spans = 0
    for (text, pair, limit), got in zip(made, answer.stdout.splitlines(), strict=True):
        want = reference.encode(tokenizer, text, pair, limit)
        ids, spans = got.split(";")
        if ids.split() != [str(i) for i in want.ids]:
            wrong_ids += 1
            if wrong_ids <= 3:
                print("  ids differ:", ascii([text, pair, limit]), "\n   want", want.tokens, want.ids, "\n   got ", ids)
            continue
        bytes_of = [reference.byte_offsets(text), reference.byte_offsets(pair or "")]
        want_spans = [f"{bytes_of[s or 0][b]}:{bytes_of[s or 0][e]}" if s is not None else "0:0"
                      for (b, e), s in zip(want.offsets, want.sequence_ids)]
        if spans.split() != want_spans:
            wrong_spans += 1
            if wrong_spans <= 2:
                print("  spans differ:", ascii([text, pair, limit]), want.tokens, "\n   want", want_spans, "\n   got ", spans.split())
    print(f"{name}: {len(made)} records, {wrong_ids} with other ids, {wrong_spans} with other spans", flush=True)
    return len(made), wrong_ids


def setting_directories(model, root):
    yield "tokenizer.json" if os.path.exists(os.path.join(model, "tokenizer.json")) else "vocab.txt", model
    for name, config in SETTINGS.items():
        directory = os.path.join(root, name.replace(", ", "_").replace(" ", "_"))
        os.makedirs(directory)
        shutil.copy(os.path.join(model, "vocab.txt"), directory)
        with open(os.path.join(directory, "tokenizer_config.json"), "w", encoding="utf-8") as file:
            json.dump(config, file)
        yield "vocab.txt, " + name, directory


def parity(arguments):
    text = [line for path in arguments.text for line in read_lines(path)]
    random.Random(arguments.seed).shuffle(text)
    text = text[:arguments.lines]
    total = wrong = 0
    with tempfile.TemporaryDirectory() as root:
        for i, (name, directory) in enumerate(setting_directories(arguments.model, root)):
            if arguments.only and name != arguments.only:
                continue
            lines = text[i::arguments.share] + edge_lines.edge_lines(arguments.edge, arguments.seed + i)
            if arguments.each_scalar:
                lines += list(edge_lines.each_scalar_lines())
            count, differing = compare(arguments.bench, directory, name, lines, arguments.seed + i)
            total, wrong = total + count, wrong + differing
    print(f"parity with tokenizers {tokenizers.__version__}: {total} records, {wrong} mismatches")
    return wrong


def speed(arguments):
    lines = read_lines(arguments.speed)[:arguments.speed_lines]
    size = sum(len(line.encode("utf-8")) + 1 for line in lines)
    tokenizer = reference.from_directory(arguments.model)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8", newline="\n") as file:
        file.write("".join(line + "\n" for line in lines))
        file.flush()
        server = subprocess.Popen([arguments.bench, "serve", arguments.model, file.name], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)

        def ours():
            server.stdin.write("run\n")
            server.stdin.flush()
            seconds, tokens, _ = server.stdout.readline().split()
            return float(seconds), int(tokens)

        def peer(encode):
            start = time.perf_counter()
            encodings = encode(lines)
            return time.perf_counter() - start, encodings

        tokens = ours()[1]
        want = sum(len(e.ids) for e in peer(tokenizer.encode_batch_fast)[1])
        if tokens != want:
            sys.exit(f"token counts differ: {tokens}, reference {want}")
        times = {"limbeck append_ids": [], "tokenizers encode_batch": [], "tokenizers encode_batch_fast": []}
        for _ in range(arguments.runs):
            times["limbeck append_ids"].append(ours()[0])
            times["tokenizers encode_batch"].append(peer(tokenizer.encode_batch)[0])
            times["limbeck append_ids"].append(ours()[0])
            times["tokenizers encode_batch_fast"].append(peer(tokenizer.encode_batch_fast)[0])
        server.stdin.close()
        server.wait()
    print(f"{len(lines)} lines, {size / 1e6:.2f} MB, {tokens} tokens, 1 thread each, {arguments.runs} interleaved rounds")
    for name, seconds in times.items():
        rates = sorted(size / 1e6 / s for s in seconds)
        print(f"  {name}: median {statistics.median(rates):.2f} MB/s ({rates[0]:.2f} .. {rates[-1]:.2f})")
    best = min(statistics.median(v) for k, v in times.items() if k.startswith("tokenizers"))
    print(f"  ratio to the faster call of tokenizers: {best / statistics.median(times['limbeck append_ids']):.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--text", nargs="*", default=[])
    parser.add_argument("--lines", type=int, default=100000, help="lines of the text files, drawn by the seed")
    parser.add_argument("--share", type=int, default=1, help="give each setting only one in SHARE of the text lines")
    parser.add_argument("--edge", type=int, default=0, help="generated lines for each setting")
    parser.add_argument("--only", help="one setting, such as 'vocab.txt, cased'")
    parser.add_argument("--each-scalar", action="store_true", help="also a line for every Unicode scalar value")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", help="text file for the speed run")
    parser.add_argument("--speed-lines", type=int, default=20000)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    wrong = parity(arguments) if arguments.text or arguments.edge or arguments.each_scalar else 0
    if arguments.speed:
        speed(arguments)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
