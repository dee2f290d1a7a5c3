#!/bin/sh
# Holds a program of the README against the one that runs: from its first line that is no comment on, it is a block of
# code there.
# usage: check_readme.sh README PROGRAM.cpp|PROGRAM.py
set -eu
awk -v program="$2" '
  BEGIN {
    fence = program ~ /\.py$/ ? "```python" : "```cpp"
    comment = program ~ /\.py$/ ? "^#" : "^\/\/"
    while ((getline line < program) > 0) if (run != "" || line !~ comment) run = run line "\n"
  }
  $0 == fence { inside = 1; block = ""; next }
  inside && $0 == "```" { inside = 0; if (block == run) shown = 1 }
  inside { block = block $0 "\n" }
  END { if (run == "" || !shown) { print "the README does not show " program " as it is"; exit 1 } }
' "$1"
