"""Sentences by VADER's word lists with the compound score of vaderSentiment, and intervals and distances of scipy.

  python generate.py     in this folder; needs vaderSentiment 3.3.2, scipy
"""

import json
import random

import numpy as np
import scipy
import scipy.stats
from vaderSentiment import vaderSentiment as vader

SEED = 9
FIXED = ["", "ok", "VADER is smart, handsome, and funny.", "VADER is VERY SMART, handsome, and FUNNY!!!",
         "The book was only kind of good.", "The plot was good, but the characters are uncompelling.",
         "Today SUX!", "Not bad at all", "She is never so happy as today", "without doubt a great day", "no good or bad news",
         "At least it isn't a horrible book.", "the least interesting friend", "That is the bomb", "a kiss of death :( :-)",
         "Yeah right, it was to die for???", "I don't hate it; I LOVE it?!?!", "sort of nice", "most amazing thing ever....",
         "naïve ÉLÉGANT GREAT été", "He said that nothing bad happened, and nobody cried.", "It was a bus stop, badly lit"]


def sentences(rng):
    analyzer = vader.SentimentIntensityAnalyzer()
    rated = [w for w in analyzer.lexicon if " " not in w]
    others = (list(vader.BOOSTER_DICT) + vader.NEGATE + "but least at very no nor or so this never without doubt kind of the "
              "shit bomb bad ass to die for beating heart kiss death bus stop yeah right table walked".split())
    for _ in range(400):
        words = [rng.choice(rated if rng.random() < 0.35 else others) for _ in range(rng.randint(1, 14))]
        words = [w.upper() if rng.random() < 0.15 else w for w in words]
        yield " ".join(words) + rng.choice(["", ".", "!", "!!", "?", "??", "???", "?!?!", "!!!!!"])


def main():
    rng = random.Random(SEED)
    analyzer = vader.SentimentIntensityAnalyzer()
    with open("vader.jsonl", "w", encoding="utf-8") as file:
        for text in FIXED + list(sentences(rng)):
            file.write(json.dumps({"text": text, "compound": analyzer.polarity_scores(text)["compound"]}) + "\n")
    values = np.random.default_rng(SEED)
    cases = []
    for count in (10, 10, 25):
        clusters = values.gamma(1.5, 0.02, count)
        interval = scipy.stats.bootstrap((clusters,), np.mean, method="BCa", n_resamples=200000, confidence_level=0.95,
                                         rng=np.random.default_rng(SEED), batch=10000).confidence_interval
        cases.append({"clusters": clusters.tolist(), "low": float(interval.low), "high": float(interval.high)})
    pairs = []
    for n, m in ((5, 5), (7, 3), (20, 31)):
        a, b = values.uniform(size=n), values.beta(0.3, 0.3, size=m)
        pairs.append({"a": a.tolist(), "b": b.tolist(), "w1": float(scipy.stats.wasserstein_distance(a, b))})
    p_values = values.uniform(size=12) ** 3
    adjusted = scipy.stats.false_discovery_control(p_values, method="bh")
    with open("scipy.json", "w", encoding="utf-8") as file:
        json.dump({"bca": cases, "w1": pairs, "p": p_values.tolist(), "bh": adjusted.tolist()}, file)
        file.write("\n")
    with open("origin.json", "w", encoding="utf-8") as file:
        json.dump({"tool": f"vaderSentiment 3.3.2, scipy {scipy.__version__}", "command": "python generate.py", "seed": SEED,
                   "files": "vader.jsonl, scipy.json; intervals.json (generate_intervals.py) and relevance.json "
                            "(calibrate_relevance.py) carry their own origin",
                   "tolerance": "compound 5.1e-5: the reference rounds to four places; w1, bh 1e-14; bca 2 % of the interval's width: "
                                "both sides draw resamples"}, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
