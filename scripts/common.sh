# What ./run, ./test and .ci/run share; sourced by them, after they have set `root` (the checkout) and `me` (their name).
# POSIX sh, since a bare system may have nothing more. Nothing here asks a question.
# shellcheck shell=sh disable=SC2034,SC2154

fail() {
  printf '%s: %s\n' "$me" "$*" >&2
  exit 1
}

# Stages: `begin NAME` … `end` prints the seconds, and `timings` repeats them all.
timings=
begin() {
  stage=$1
  stage_start=$(date +%s)
  printf '== %s\n' "$stage"
}
end() {
  seconds=$(($(date +%s) - stage_start))
  printf '== %s: %d s\n' "$stage" "$seconds"
  timings="$timings${timings:+, }$stage $seconds s"
}

cores() {
  nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}

# packages_of STAGE…: lines "package<TAB>what for" out of packages.txt.
packages_of() {
  for wanted in "$@"; do
    while read -r of package reason; do
      [ "$of" != "$wanted" ] || printf '%s\t%s\n' "$package" "$reason"
    done <"$root/scripts/packages.txt"
  done
}

# missing_packages STAGE…: those that dpkg does not call installed.
missing_packages() {
  packages_of "$@" | while IFS='	' read -r package reason; do
    case " $(dpkg-query -W -f='${db:Status-Status} ' "$package" 2>/dev/null) " in # "not-installed" is an answer too
    *" installed "*) ;;
    *) printf '%s\t%s\n' "$package" "$reason" ;;
    esac
  done
}

# apt_get …: apt-get as root, without questions; on failure one line with its own reason.
apt_get() {
  apt_log=$(mktemp)
  if [ "$(id -u)" = 0 ]; then as_root=; else as_root='sudo -n'; fi
  # shellcheck disable=SC2086 # `sudo -n` is two words
  if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
    -o Dpkg::Use-Pty=0 "$@" >"$apt_log" 2>&1 </dev/null; then
    reason=$(grep -E '^(E:|sudo:)' "$apt_log" | head -n 1 || true)
    [ -n "$reason" ] || reason=$(tail -n 1 "$apt_log")
    rm -f "$apt_log"
    fail "apt-get $1 failed: $reason"
  fi
  rm -f "$apt_log"
}

# install_packages STAGE…: installs what is missing, after saying what and why.
install_packages() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "This system has no apt-get; with the names of its own packages it needs:"
    packages_of "$@" | sed 's/^/  /' | expand -t 28
    for tool in cmake c++; do
      command -v "$tool" >/dev/null || fail "there is no $tool here; install what is listed above, then run this again"
    done
    return
  fi
  missing=$(missing_packages "$@")
  if [ -z "$missing" ]; then
    echo "every package is installed"
    return
  fi
  echo "missing, to be installed with apt-get:"
  printf '%s\n' "$missing" | sed 's/^/  /' | expand -t 28
  names=$(printf '%s\n' "$missing" | cut -f 1 | tr '\n' ' ')
  if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
    fail "that takes root, and sudo is absent or wants a password; run this first: sudo apt-get install $names"
  fi
  apt_get update
  # shellcheck disable=SC2086 # a list of names
  apt_get install -y --no-install-recommends $names
}

# build DIRECTORY PRESET TARGET [cmake option…]: configures and builds; says so when nothing was to be done.
build() {
  directory=$1 preset=$2 target=$3
  shift 3
  # A build tree made for another place, or by another generator, is of no use here.
  if [ -f "$directory/CMakeCache.txt" ] &&
    ! { grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$directory/CMakeCache.txt" &&
      grep -qx 'CMAKE_GENERATOR:INTERNAL=Ninja' "$directory/CMakeCache.txt"; }; then
    set -- --fresh "$@"
  fi
  mkdir -p "$directory"
  if ! (cd "$root" && cmake --preset "$preset" "$@") >"$directory/configure.log" 2>&1; then
    grep -A 6 'CMake Error' "$directory/configure.log" >&2 || tail -n 5 "$directory/configure.log" >&2
    fail "configuring failed; all of its output is in $directory/configure.log"
  fi
  grep '^-- lamella:' "$directory/configure.log" || true
  if [ -t 1 ]; then quiet=; else quiet=--quiet; fi # a terminal sees ninja's counter
  touch "$directory/.before"
  # shellcheck disable=SC2086 # $quiet may be nothing
  cmake --build "$directory" --target "$target" -j "$(cores)" -- $quiet || fail "the build failed, see above"
  if [ -z "$(find "$directory" -newer "$directory/.before" -type f \( -name '*.o' -o -name '*.a' -o -perm -100 \) | head -n 1)" ]; then
    echo "nothing to rebuild"
  fi
}
