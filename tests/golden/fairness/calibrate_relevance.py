"""The cosine that tells second halves of sentences from those of other sentences: the threshold of S.S. for our encoders.

  python calibrate_relevance.py LIMBECK MODEL SENTENCES.txt.gz >relevance.json     needs numpy
"""

import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

COUNT, LEAST_WORDS, SEED = 3000, 16, 3


def vectors(limbeck, model, texts):
    with tempfile.TemporaryDirectory() as folder:
        lines, output = Path(folder, "lines.txt"), Path(folder, "vectors.npy")
        lines.write_text("\n".join(texts) + "\n", encoding="utf-8")
        subprocess.run([limbeck, "embed", "--model", model, "--input", lines, "--output", output, "--format", "quiet"], check=True)
        rows = np.load(output).astype(np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def main():
    limbeck, model, sentences = sys.argv[1:]
    with gzip.open(sentences, "rt", encoding="utf-8") as file:
        words = [line.split() for line in file]
    words = [one for one in words if LEAST_WORDS <= len(one) <= 60]
    chosen = np.random.default_rng(SEED).choice(len(words), COUNT, replace=False)
    halves = [(" ".join(words[i][: len(words[i]) // 2]), " ".join(words[i][len(words[i]) // 2:])) for i in chosen]
    first, second = (vectors(limbeck, model, [half[k] for half in halves]) for k in (0, 1))
    own = (first * second).sum(axis=1)
    other = (first * np.roll(second, 1, axis=0)).sum(axis=1)
    threshold = float(np.quantile(other, 0.95))
    json.dump({"command": "python calibrate_relevance.py LIMBECK MODEL sentences_300k.txt.gz", "sentences": COUNT, "seed": SEED,
               "other_95th_percentile": threshold, "other_mean": float(other.mean()), "own_mean": float(own.mean()),
               "own_share_at_threshold": float((own >= threshold).mean())}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
