#!/usr/bin/env bash
# Builds the solution and runs every test. Last line: "N passed, N failed, N skipped" over all suites.
#
#   ./test.sh                  everything
#   ./test.sh --fast           without the browser, the tests marked as slow, the benchmarks and the format check
#   ./test.sh SUITE...         these suites alone, built with what they need:
#                              Shared, Inference, Client, Server, Browser
#   ./test.sh SUITE -- ARG...  with arguments of the test program: ./test.sh Client -- -class '*.ComposerTests'
#   ./test.sh --reliability    nothing but the long runs: 500 kills and 1,000 cuts, half an hour;
#                              writes docs/reliability.md
#
# Needs the .NET SDK of global.json; the browser tests also Chromium and npm, which are installed from
# Debian where they are missing. Logs go to artifacts/test-logs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fast=false reliability=false suites=() arguments=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --fast) fast=true ;;
    --reliability) reliability=true ;;
    Shared|Inference|Client|Server|Browser) suites+=("$1") ;;
    --) shift; arguments=("$@"); break ;;
    *)
      echo "Unknown argument: $1. Known: --fast, --reliability, Shared, Inference, Client, Server, Browser, --" >&2
      exit 2
      ;;
  esac
  shift
done

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
# Most of the time goes into starting programs. Watching their code, to compile it better later, costs them an eighth
# more.
export DOTNET_TieredPGO=0
# Release: what ships, and the numeric suites are many times faster than in Debug.
configuration=Release
projects=("${suites[@]/%/.Tests}")
projects=("${projects[@]/#/tests/Molmo.Demo.}")
whole=false
if [[ ${#suites[@]} -eq 0 ]]; then
  suites=(Shared Inference Client Server) projects=(Molmo.Demo.sln)
  $fast || { whole=true; suites+=(Browser); }
fi
if $fast; then arguments+=(-trait- Speed=slow); fi
browser_folder=tests/Molmo.Demo.Browser.Tests
logs=artifacts/test-logs
failed_checks=()

say() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }

# One compiler for all projects is a quarter faster than one each. Build servers that outlived this script would hold
# its output open.
build() { # build PROJECT-OR-SOLUTION...
  local status=0 project
  for project in "$@"; do
    dotnet build "$project" --configuration "$configuration" -nodeReuse:false -p:UseSharedCompilation=true \
      --verbosity quiet < /dev/null || { status=$?; break; }
  done
  dotnet build-server shutdown --vbcscompiler > /dev/null || true
  return "$status"
}

if $reliability; then
  say "Build"
  build tests/Molmo.Demo.Server.Tests
  say "Long runs"
  # They end by themselves before that.
  MOLMO_RELIABILITY=docs/reliability.md timeout --kill-after=10 5400 \
    "artifacts/bin/Molmo.Demo.Server.Tests/${configuration,,}/Molmo.Demo.Server.Tests" -noColor -noLogo -diagnostics \
    -class Molmo.Demo.Server.Tests.Lasting.ReliabilityReport < /dev/null
  exit
fi

need() { # need COMMAND-OR-FILE DEBIAN-PACKAGE...
  local wanted=$1
  shift
  if command -v "$wanted" > /dev/null; then return; fi
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get > /dev/null; then
    echo "The browser tests need $wanted. Install it (on Debian: apt-get install $*), or run ./test.sh --fast." >&2
    exit 1
  fi
  say "Installing $*"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update < /dev/null
  apt-get -qq install --yes --no-install-recommends "$@" < /dev/null > /dev/null
}

check() { # check NAME COMMAND...
  local name=$1
  shift
  say "$name"
  if ! "$@"; then failed_checks+=("$name"); fi
}

if [[ ${suites[*]} == *Browser* ]]; then
  need /usr/bin/chromium chromium
  need npm npm
  say "Scripts for the browser tests"
  # Apart from the sources, which other tests walk through.
  mkdir -p artifacts/npm
  cp "$browser_folder"/{package.json,package-lock.json,.npmrc} artifacts/npm/
  (cd artifacts/npm && npm ci --loglevel error < /dev/null)
fi

say "Build"
build "${projects[@]}"
mkdir -p "$logs"

run() { # run SUITE
  local project=Molmo.Demo.$1.Tests
  # A test that hangs is named after three minutes.
  timeout --kill-after=10 2400 "artifacts/bin/$project/${configuration,,}/$project" -noColor -noLogo \
    -longRunning 180 "${arguments[@]}" < /dev/null 2>&1
}

# Without the slow ones the suites wait more than they compute, and bear each other. The whole run is one after another:
# its longest tests measure how long something takes.
declare -A running=()
if $fast; then
  for suite in "${suites[@]}"; do
    run "$suite" > "$logs/Molmo.Demo.$suite.Tests.log" &
    running[$suite]=$!
  done
fi

passed=0 failed=0 skipped=0
for suite in "${suites[@]}"; do
  project=Molmo.Demo.$suite.Tests
  log=$logs/$project.log
  say "$project"
  status=0
  if $fast; then
    wait "${running[$suite]}" || status=$?
    cat "$log"
  else
    run "$suite" | tee "$log" || status=$?
  fi

  # "  Name  Total: 12, Errors: 0, Failed: 0, Skipped: 1, Not Run: 0, Time: 0.1s"
  counts='Total: ([0-9]+), Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+), Not Run: ([0-9]+)'
  if [[ $(grep "^ *$project  *Total:" "$log" | tail -n 1) =~ $counts ]]; then
    total=${BASH_REMATCH[1]} bad=$((BASH_REMATCH[2] + BASH_REMATCH[3])) left=$((BASH_REMATCH[4] + BASH_REMATCH[5]))
    passed=$((passed + total - BASH_REMATCH[3] - left)) skipped=$((skipped + left))
    if [[ $bad -eq 0 && $status -ne 0 ]]; then bad=1; fi
    failed=$((failed + bad))
  else
    echo "$project printed no count (exit code $status)." >&2
    failed=$((failed + 1))
  fi
done

if $whole; then
  benchmarks=artifacts/bin/Molmo.Demo.Benchmarks/${configuration,,}/Molmo.Demo.Benchmarks
  check "Benchmarks, each once" "$benchmarks" --short < /dev/null
  # Style and analyzers are errors of the build; white space is not its business.
  check "Format" dotnet format whitespace Molmo.Demo.sln --verify-no-changes --no-restore
fi

say "Done"
# Again at the end, where a reader looks first and where a cut-off log still has it.
for suite in "${suites[@]}"; do
  grep --no-group-separator --after-context=12 ' \[FAIL\]$' "$logs/Molmo.Demo.$suite.Tests.log" || true
done
for name in "${failed_checks[@]}"; do echo "Check failed: $name" >&2; done
echo "$passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 && ${#failed_checks[@]} -eq 0 ]]
