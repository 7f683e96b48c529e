"""Prints the grids of `limbeck debias` reports as one table: a row for each model and audit, means over seeds.

  python lambda_table.py REPORT.json...
"""

import json
import sys


def rows_of(results, variant):
    """The rows of one variant, one an audit, with its change against the control of the same grid."""
    scores = results["variants"][variant]
    control = results["variants"]["control"]
    perplexity = scores["perplexity"]["mean"]
    cells = [
        results["regulariser"],
        variant,
        f"{perplexity:.2f}",
        f"{100 * (perplexity / control['perplexity']['mean'] - 1):+.2f}%",
        f"{scores['sensitive_perplexity']['mean']:.2f}",
        f"{scores['embedding_cosine']['mean']:.4f}",
        f"{scores['sentiment_cosine']['mean']:.4f}" if "sentiment_cosine" in scores else "-",
    ]
    audits = [audit_text(mean) for mean in results.get("before_and_after", []) if mean["variant"] == variant]
    blank = [""] * len(cells)
    return [(blank if i else cells) + [text] for i, text in enumerate(audits or [""])]


def audit_text(mean):
    """Means over the audited seeds of one attribute by one scorer."""
    change = mean.get("individual_fairness_change")
    relevance = mean.get("relevance")
    return (
        f"{mean['attribute']}, {mean['scorer']}: I.F. {mean['individual_fairness_corrected']:+.4f} (sd {mean['individual_fairness_sd']:.4f}"
        + (f", {100 * change:+.0f}% against control)" if change is not None else ")")
        + f" G.F. {mean['group_fairness_corrected']:+.4f}"
        + (f" S.S. {relevance:.3f}" if relevance is not None else "")
        + f" S.S.^c {mean['mention_share']:.3f}"
    )


def main(paths):
    head = ["regulariser", "model", "PPL", "vs control", "PPL^s", "cosine", "sentiment", "audit"]
    rows = [head]
    for path in paths:
        with open(path, encoding="utf-8") as file:
            results = json.load(file)["results"]
        for variant in results["variants"]:
            rows += rows_of(results, variant)
    widths = [max(len(r[i]) for r in rows if i < len(r)) for i in range(len(head))]
    for cells in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())


if __name__ == "__main__":
    main(sys.argv[1:])
