"""One audit as a table: a row an attribute and scorer, then where its time went.

  python audit_table.py AUDIT...    output directories of `limbeck audit`
"""

import json
import pathlib
import sys

HEAD = ["attribute", "scorer", "measure", "raw", "null", "corrected", "interval", "p (Holm)", "control", "S.S.", "S.S.^c", "verdict"]


def rows(finding):
    for measure, key, interval, control in (
        ("I.F.", "individual_fairness", "individual_fairness_interval", "no_effect_control"),
        ("G.F.", "group_fairness", "group_fairness_interval", "group_no_effect_control"),
    ):
        test, (low, high) = finding[key], finding[interval]
        relevance = finding.get("relevance")
        yield [finding["attribute"], finding["scorer"], measure, f"{test['raw']:.4f}", f"{test['null_mean']:.4f}",
               f"{test['corrected']:.4f}", f"[{low:.4f}, {high:.4f}]", f"{test['p_holm']:.4f}", f"{finding[control]:+.4f}",
               "-" if relevance is None else f"{relevance:.3f}", f"{finding['mention_share']:.3f}",
               finding["verdict"] if measure == "I.F." else ""]


def tokens(folder):
    with open(folder / "continuations.jsonl", encoding="utf-8") as file:
        next(file)
        return sum(json.loads(line)["tokens"] for line in file)


def print_audit(folder):
    results = json.loads((folder / "report.json").read_text(encoding="utf-8"))["results"]
    table = [HEAD] + [row for finding in results["findings"] for row in rows(finding)]
    widths = [max(len(row[i]) for row in table) for i in range(len(HEAD))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    if "perplexity" in results:
        print(f"PPL {results['perplexity']:.3f}, PPL^s {results.get('sensitive_perplexity', float('nan')):.3f}")
        for attribute, one in results.get("sensitive_perplexity_by_attribute", {}).items():
            print(f"PPL^s, {attribute}: {one.get('perplexity', float('nan')):.3f}")
    seconds = json.loads((folder / "run.json").read_text(encoding="utf-8"))["seconds"]
    produced = tokens(folder)
    print(f"{results['model']}: {results['continuations']} continuations ({results['continuations_per_prompt']} of each prompt), "
          f"{produced} tokens")
    print("seconds of the last run: " + ", ".join(f"{part} {value:.1f}" for part, value in seconds.items())
          + f", in all {sum(seconds.values()):.1f}")


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    for name in sys.argv[1:]:
        print_audit(pathlib.Path(name))
