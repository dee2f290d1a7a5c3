#!/bin/sh
# Holds the README's program against the one that is compiled and run.
# usage: check_readme.sh README PROGRAM.cpp
set -eu
shown=$(awk '/^```cpp$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$1")
run=$(awk '/^#include/ { begun = 1 } begun' "$2")
[ "$shown" = "$run" ] || {
  echo "the program in $1 is not that of $2"
  exit 1
}
