# What the scripts of this folder share; sourced, not run. Leaves the shell in the root of the
# checkout.
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Configures a preset of CMakePresets.json and builds all of it, or the targets named.
build() {
  local preset=$1 targets=() options=() target
  shift
  for target in "$@"; do targets+=(--target "$target"); done
  if command -v ccache >/dev/null; then  # which keeps nothing that uses precompiled headers
    options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON)
  fi
  cmake --preset "$preset" "${options[@]}" >"$log.configure" 2>&1 || {
    cat "$log.configure" >&2
    return 1
  }
  cmake --build --preset "$preset" --parallel "$(nproc)" "${targets[@]}"
}

scratch=$(mktemp -d)
log=$scratch/log
trap 'rm -rf "$scratch"' EXIT
