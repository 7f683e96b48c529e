#!/usr/bin/env bash
# check.sh SOURCE_DIR: what tools/demo, tools/test and tools/fuzz do around the programs that they start, which are replaced
# by ones that only say yes.
set -uo pipefail
source=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/limbeck-scripts.XXXXXX")
trap 'rm -rf "$work"' EXIT
failures=0
fail() { echo "$*"; failures=$((failures + 1)); }

mkdir -p "$work/tools" "$work/path" "$work/build/tools/limbeck" "$work/build/tools/student" "$work/tests/fuzz"
cp "$source/tools/demo" "$source/tools/test" "$source/tools/fuzz" "$work/tools/"
yes_program() { printf '#!/bin/sh\n%s\n' "${2:-exit 0}" >"$1"; chmod +x "$1"; }
yes_program "$work/tools/bootstrap"
yes_program "$work/path/cmake"
yes_program "$work/path/ctest" 'echo tested'
yes_program "$work/build/tools/limbeck/limbeck"
yes_program "$work/build/tools/student/limbeck-student" "cat >/dev/null"
export PATH="$work/path:$PATH" LIMBECK_BUILD_DIR="$work/build"

# tools/demo once removed the whole folder that the user named.
mkdir -p "$work/mine/student/old" "$work/mine/photographs"
LIMBECK_DEMO_DIR="$work/mine" "$work/tools/demo" >"$work/out" 2>&1 || fail "demo: $(tail -n 1 "$work/out")"
[ -d "$work/mine/photographs" ] || fail "demo: removed a folder that it did not make"
[ ! -e "$work/mine/student/old" ] || fail "demo: kept the student of an earlier run"

# tools/test fetches the assets; where it cannot, it says so in one line and goes on.
yes_program "$work/build/tools/limbeck/limbeck" "echo \"\$@\" >>'$work/calls'"
[ "$("$work/tools/test" 2>&1)" = tested ] || fail "test: expected the tests alone"
[ "$(cat "$work/calls")" = "assets fetch teacher snippets lexicon language-model" ] || fail "test: called $(cat "$work/calls")"
yes_program "$work/build/tools/limbeck/limbeck" 'echo "limbeck: no network" >&2; exit 3'
warning="tools/test: the default assets are not here and cannot be fetched (offline?): their tests are skipped"
[ "$("$work/tools/test" 2>&1)" = "$warning
tested" ] || fail "test: expected one line and the tests"

touch "$work/tests/fuzz/fuzz_tsv.cpp"
[ "$("$work/tools/fuzz" x 2>&1) $?" = "tools/fuzz: expected seconds from 1, got 'x' 2" ] || fail "fuzz: seconds"
[ "$("$work/tools/fuzz" 1 fuzz_tvs 2>&1) $?" = "tools/fuzz: no target 'fuzz_tvs' in tests/fuzz 2" ] || fail "fuzz: target"
exit "$((failures > 0))"
