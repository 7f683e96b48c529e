"""Bootstrap intervals of scipy from given resamples, sign-flip and rank statistics: nothing is drawn by chance on our side.

  python generate_intervals.py     in this folder; needs scipy
"""

import json
from dataclasses import dataclass

import numpy as np
import scipy
import scipy.stats

SEED = 11


@dataclass
class Given:
    """What scipy.stats.bootstrap takes as an earlier result, to add no resamples to."""

    bootstrap_distribution: np.ndarray


def interval_case(values, count, resamples, confidence):
    clusters = values.gamma(1.5, 0.02, count) - values.uniform(0, 0.01)
    resampled = clusters[values.integers(0, count, (resamples, count))].mean(axis=1)
    got = scipy.stats.bootstrap((clusters,), np.mean, method="BCa", n_resamples=0, confidence_level=confidence,
                                bootstrap_result=Given(resampled)).confidence_interval
    return {"clusters": clusters.tolist(), "resampled": resampled.tolist(), "confidence": confidence,
            "low": float(got.low), "high": float(got.high)}


def sign_flip_case(values, count, shift):
    differences = values.normal(shift, 1, count)
    test = scipy.stats.permutation_test((differences,), np.mean, permutation_type="samples", alternative="greater",
                                        n_resamples=np.inf)
    return {"differences": differences.tolist(), "p": float(test.pvalue)}


def main():
    values = np.random.default_rng(SEED)
    cases = [interval_case(values, *shape) for shape in ((10, 300, 0.95), (10, 500, 0.9), (5, 199, 0.95), (25, 400, 0.99))]
    flips = [sign_flip_case(values, *shape) for shape in ((6, 0.0), (10, 0.4), (10, -0.4), (12, 1.0))]
    pairs = []
    for n, m in ((1, 4), (100, 100), (64, 100), (33, 7)):
        a, b = values.beta(0.3, 0.3, size=n).round(2), values.uniform(size=m).round(2)
        pairs.append({"a": a.tolist(), "b": b.tolist(), "w1": float(scipy.stats.wasserstein_distance(a, b))})
    with open("intervals.json", "w", encoding="utf-8") as file:
        json.dump({"tool": f"scipy {scipy.__version__}, numpy {np.__version__}", "command": "python generate_intervals.py",
                   "seed": SEED, "tolerance": "1e-12 of intervals: both sides sum in other orders; w1 1e-14; p exact",
                   "bca": cases, "sign_flip": flips, "w1": pairs}, file)
        file.write("\n")


if __name__ == "__main__":
    main()
