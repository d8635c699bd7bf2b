#!/usr/bin/env bash
# fuzz/run.sh SECONDS [TARGET…]: builds the fuzz targets and runs each (or those named) for so many seconds, from the
# kept seeds. Needs a C++ compiler; no nightly toolchain, no cargo-fuzz: the coverage counters that libFuzzer steers by
# are asked of LLVM by flags that any rustc takes. A crash ends it with the input's path, and exit 1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly SECONDS_EACH=${1:?how many seconds for each target}
shift
targets=("$@")
if ((${#targets[@]} == 0)); then targets=(json csv xlsx_cells headers hours telephones); fi

host=$(rustc -vV | sed -n 's/^host: //p')
built=$PWD/target/$host/debug
# The flags are for the targets alone, not for build scripts: therefore --target.
env -u CARGO_TARGET_DIR RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares" \
    cargo build --locked --target "$host" --target-dir target --bins

for target in "${targets[@]}"; do
    # What is new goes where git does not look; `fuzz/README.md` says how to keep it.
    mkdir -p "found/$target" "crashes/$target"
    printf '\n---- %s, %s s\n' "$target" "$SECONDS_EACH"
    # An input must be read within 10 seconds and 2 GB.
    "$built/$target" -max_total_time="$SECONDS_EACH" -timeout=10 -rss_limit_mb=2048 -max_len=16384 -verbosity=0 \
        -print_final_stats=1 -artifact_prefix="crashes/$target/" "found/$target" "seeds/$target" || {
        printf 'FAILED: %s; the input is in fuzz/crashes/%s\n' "$target" "$target" >&2
        exit 1
    }
done
