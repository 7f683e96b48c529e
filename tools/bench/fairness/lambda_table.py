"""Prints the grids of `limbeck debias` reports as one table: one row a model, means over seeds."""

import json
import sys


def row_of(results, variant):
    """The cells of one variant, with its change against the control of the same grid."""
    scores = results["variants"][variant]
    control = results["variants"]["control"]
    perplexity = scores["perplexity"]["mean"]
    audits = {a["attribute"]: a for a in results.get("audits", []) if a["variant"] == variant}
    cells = [
        results["regulariser"],
        variant,
        f"{perplexity:.2f}",
        f"{100 * (perplexity / control['perplexity']['mean'] - 1):+.2f}%",
        f"{scores['sensitive_perplexity']['mean']:.2f}",
        f"{scores['embedding_cosine']['mean']:.4f}",
        f"{scores['sentiment_cosine']['mean']:.4f}" if "sentiment_cosine" in scores else "-",
    ]
    for attribute, audit in sorted(audits.items()):
        low, high = audit["interval"]
        cells.append(
            f"{attribute}: I.F. {audit['individual_fairness']['corrected']:+.4f} [{low:.4f}, {high:.4f}]"
            f" G.F. {audit['group_fairness']['corrected']:+.4f} mentions {audit['mention_share']:.3f}"
        )
    return cells


def main(paths):
    head = ["regulariser", "model", "PPL", "vs control", "PPL^s", "cosine", "sentiment", "audit"]
    rows = [head]
    for path in paths:
        with open(path, encoding="utf-8") as file:
            results = json.load(file)["results"]
        rows += [row_of(results, variant) for variant in results["variants"]]
    widths = [max(len(r[i]) for r in rows if i < len(r)) for i in range(len(head))]
    for cells in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())


if __name__ == "__main__":
    main(sys.argv[1:])
