#!/usr/bin/env python3
"""limbeck against transformers (and llama.cpp) on the default language model: equal results first, then speed, interleaved.

  python compare.py --bench build/tools/bench/generate/generate_bench --model MODEL.gguf [--parity] [--speed] \\
      [--llama "$(tools/bench/generate/build_llama FOLDER)"] [--rounds 7]

Parity and the speed of transformers need torch, transformers, gguf and tokenizers.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time

TEXTS = ["My friend is a teacher, and we", "def fibonacci(n):\n    ", "The 3 largest cities of Italy are",
         "Ça va? 你好 — naïve 🙂 ", "Once upon a time there was a little girl who lived in a village near the forest."]


class Server:
    def __init__(self, bench, model, dtype, threads=2):
        self.process = subprocess.Popen([bench, "serve", model, dtype, str(threads)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()


def parity(arguments, net, tok):
    import numpy as np
    import torch

    server = Server(arguments.bench, arguments.model, "float32")
    worst, wrong = 0.0, 0
    with torch.inference_mode(), tempfile.NamedTemporaryFile() as file:
        for text in TEXTS:
            ids = tok.encode(text).ids
            want_ids = net.generate(torch.tensor([ids]), max_new_tokens=arguments.greedy, do_sample=False, eos_token_id=None,
                                    pad_token_id=0)[0, len(ids):].tolist()
            whole = ids + want_ids
            want = net(torch.tensor([whole])).logits[0].numpy()
            rows, width = map(int, server.ask(f"logits {file.name} " + " ".join(map(str, whole))))
            got = np.fromfile(file.name, dtype=np.float32).reshape(rows, width)
            worst = max(worst, float(np.abs(got - want).max()))
            got_ids = [int(i) for i in server.ask(f"greedy {arguments.greedy} " + " ".join(map(str, ids)))]
            same = next((i for i, (a, b) in enumerate(zip(got_ids, want_ids)) if a != b), arguments.greedy)
            wrong += same != arguments.greedy
            print(f"{text[:30]!r}: {len(whole)} positions, logits differ by at most {np.abs(got - want).max():.2e}, "
                  f"{same} of {arguments.greedy} greedy tokens equal")
    print(f"parity with transformers: worst logit difference {worst:.2e}, {wrong} of {len(TEXTS)} texts with other tokens")
    return worst > 1e-3 or wrong > 0


def transformers_rate(net, tok, count, tokens):
    import torch

    ids = torch.tensor([tok.encode("My friend is a teacher, and we").ids] * count)
    start = time.perf_counter()
    with torch.inference_mode():
        out = net.generate(ids, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=count > 1, pad_token_id=0)
    return count * (out.shape[1] - ids.shape[1]) / (time.perf_counter() - start)


def llama_rate(arguments, count, tokens):
    """Tokens a second of the generation alone, the prompt shared: column S_TG t/s of the last row."""
    out = subprocess.run([arguments.llama, "-m", arguments.model, "-c", str(count * (tokens + 16)), "-npp", "8", "-ntg",
                          str(tokens), "-npl", str(count), "-t", str(arguments.threads), "-tb", str(arguments.threads), "-pps"],
                         capture_output=True, text=True, check=False)
    rows = [line.split("|") for line in out.stdout.splitlines() if re.match(r"\|\s+\d", line)]
    if not rows:
        sys.exit(f"{arguments.llama}: no row of results (exit {out.returncode}): {out.stderr.strip()[-300:]}")
    return float(rows[-1][8])


def one_round(arguments, servers, peer, rates, slow_peer_runs):
    tokens = arguments.tokens
    for dtype, server in servers.items():
        for count in arguments.counts:
            line = f"single {tokens}" if count == 1 else f"batch {count} {tokens}"
            seconds, produced = map(float, server.ask(line))
            rates.setdefault((f"limbeck {dtype}", count), []).append(produced / seconds)
    if arguments.llama:
        for count in arguments.counts:
            rates.setdefault(("llama.cpp", count), []).append(llama_rate(arguments, count, tokens))
    if peer and slow_peer_runs:
        for count in sorted({1, arguments.peer_batch}):
            rates.setdefault(("transformers float32", count), []).append(transformers_rate(*peer, count, tokens))


def speed(arguments, peer):
    """Every round runs all of them, one behind the other; the first round warms up and is not counted."""
    servers = {dtype: Server(arguments.bench, arguments.model, dtype, arguments.threads) for dtype in arguments.dtypes}
    rates = {}
    for round_ in range(arguments.rounds + 1):
        one_round(arguments, servers, peer, rates, arguments.every_round or round_ in (0, 1, arguments.rounds // 2 + 1))
    for (name, count), values in rates.items():
        values = sorted(values[1:])
        print(f"{name}, {count} at once: median {statistics.median(values):.0f} tokens/s ({values[0]:.0f} .. {values[-1]:.0f}), "
              f"{len(values)} runs, {arguments.threads} threads")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--parity", action="store_true")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--no-transformers", action="store_true", help="leave the slow peer out of the speed run")
    parser.add_argument("--llama", help="llama-batched-bench of llama.cpp")
    parser.add_argument("--dtypes", nargs="*", default=["float32", "bfloat16", "int8", "stored"])
    parser.add_argument("--rounds", type=int, default=7, help="counted rounds of the speed run")
    parser.add_argument("--every-round", action="store_true", help="run the slow peer in every round, not in two of them")
    parser.add_argument("--counts", nargs="*", type=int, default=[1, 128, 256], help="continuations at once")
    parser.add_argument("--peer-batch", type=int, default=64, help="continuations that transformers computes at once")
    parser.add_argument("--tokens", type=int, default=50, help="tokens of a continuation in the speed run")
    parser.add_argument("--greedy", type=int, default=200, help="greedy tokens that the parity run compares")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    peer = None
    if arguments.parity or (arguments.speed and not arguments.no_transformers):
        import torch

        import reference

        torch.set_num_threads(arguments.threads)
        peer = reference.model(arguments.model), reference.tokenizer(arguments.model)
    failed = arguments.parity and parity(arguments, *peer)
    if arguments.speed:
        print(subprocess.run([arguments.bench, "floor", arguments.model, str(arguments.threads)], capture_output=True,
                             text=True, check=True).stdout, end="")
        speed(arguments, None if arguments.no_transformers else peer)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
