#!/usr/bin/env python3
"""limbeck against transformers (and llama.cpp) on the default language model: equal results first, then speed, interleaved.

  python compare.py --bench build/tools/bench/generate/generate_bench --model MODEL.gguf [--parity] [--speed] \\
      [--llama llama-batched-bench] [--rounds 5]
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch

import reference

TEXTS = ["My friend is a teacher, and we", "def fibonacci(n):\n    ", "The 3 largest cities of Italy are",
         "Ça va? 你好 — naïve 🙂 ", "Once upon a time there was a little girl who lived in a village near the forest."]


class Server:
    def __init__(self, bench, model, dtype):
        self.process = subprocess.Popen([bench, "serve", model, dtype], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()


def parity(arguments, net, tok):
    server = Server(arguments.bench, arguments.model, "float32")
    worst, wrong = 0.0, 0
    with torch.inference_mode(), tempfile.NamedTemporaryFile() as file:
        for text in TEXTS:
            ids = tok.encode(text).ids
            want_ids = net.generate(torch.tensor([ids]), max_new_tokens=200, do_sample=False, eos_token_id=None,
                                    pad_token_id=0)[0, len(ids):].tolist()
            whole = ids + want_ids
            want = net(torch.tensor([whole])).logits[0].numpy()
            rows, width = map(int, server.ask(f"logits {file.name} " + " ".join(map(str, whole))))
            got = np.fromfile(file.name, dtype=np.float32).reshape(rows, width)
            worst = max(worst, float(np.abs(got - want).max()))
            got_ids = [int(i) for i in server.ask("greedy 200 " + " ".join(map(str, ids)))]
            same = next((i for i, (a, b) in enumerate(zip(got_ids, want_ids)) if a != b), 200)
            wrong += same != 200
            print(f"{text[:30]!r}: {len(whole)} positions, logits differ by at most {np.abs(got - want).max():.2e}, "
                  f"{same} of 200 greedy tokens equal")
    print(f"parity with transformers: worst logit difference {worst:.2e}, {wrong} of {len(TEXTS)} texts with other tokens")
    return worst > 1e-3 or wrong > 0


def transformers_rate(net, tok, count, tokens, arguments):
    ids = torch.tensor([tok.encode("My friend is a teacher, and we").ids] * count)
    start = time.perf_counter()
    with torch.inference_mode():
        out = net.generate(ids, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=count > 1, pad_token_id=0)
    return count * (out.shape[1] - ids.shape[1]) / (time.perf_counter() - start)


def llama_rate(arguments, count, tokens):
    out = subprocess.run([arguments.llama, "-m", arguments.model, "-c", str(count * (tokens + 16)), "-npp", "8", "-ntg",
                          str(tokens), "-npl", str(count), "-t", "2", "-tb", "2", "-pps"],
                         capture_output=True, text=True, check=False)
    rows = [line.split("|") for line in out.stdout.splitlines() if re.match(r"\|\s+\d", line)]
    return float(rows[-1][8])


def speed(arguments, net, tok):
    servers = {dtype: Server(arguments.bench, arguments.model, dtype) for dtype in arguments.dtypes}
    rates = {}
    for round_ in range(arguments.rounds + 1):
        for dtype, server in servers.items():
            for key, line in [("1", "single 50"), ("128", "batch 128 50"), ("256", "batch 256 50")]:
                seconds, tokens = map(float, server.ask(line))
                rates.setdefault((f"limbeck {dtype}", key), []).append(tokens / seconds)
        if net is not None and round_ in (0, 1, arguments.rounds // 2 + 1):
            rates.setdefault(("transformers float32", "1"), []).append(transformers_rate(net, tok, 1, 50, arguments))
            rates.setdefault(("transformers float32", "64"), []).append(transformers_rate(net, tok, 64, 50, arguments))
        if arguments.llama:
            for count in (1, 128):
                rates.setdefault(("llama.cpp Q4_1", str(count)), []).append(llama_rate(arguments, count, 50))
    for (name, count), values in rates.items():
        values = sorted(values[1:])
        print(f"{name}, {count} at once: median {statistics.median(values):.0f} tokens/s ({values[0]:.0f} .. {values[-1]:.0f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--parity", action="store_true")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--no-transformers", action="store_true", help="leave the slow peer out of the speed run")
    parser.add_argument("--llama", help="llama-batched-bench of llama.cpp")
    parser.add_argument("--dtypes", nargs="*", default=["float32", "bfloat16", "int8"])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    needs_peer = arguments.parity or not arguments.no_transformers
    net = reference.model(arguments.model) if needs_peer else None
    tok = reference.tokenizer(arguments.model)
    failed = arguments.parity and parity(arguments, net, tok)
    if arguments.speed:
        print(subprocess.run([arguments.bench, "floor", arguments.model], capture_output=True, text=True).stdout, end="")
        speed(arguments, None if arguments.no_transformers else net, tok)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
