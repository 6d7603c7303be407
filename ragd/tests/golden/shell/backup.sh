#!/usr/bin/env bash
#
# backup.sh - rotating snapshots with rsync and hard links.
#
# Usage: backup.sh [-n] [-k COUNT] SOURCE... TARGET

set -euo pipefail
shopt -s nullglob

readonly PROGRAM=${0##*/}
readonly STAMP_FORMAT='%Y-%m-%d_%H%M%S'

KEEP=7
DRY_RUN=false
declare -a SOURCES=()
declare -A FAILED=()

usage() {
  cat <<EOF
Usage: $PROGRAM [-n] [-k COUNT] SOURCE... TARGET

  -n        dry run, print what would be done
  -k COUNT  keep COUNT snapshots {default: $KEEP}
  -h        this help
EOF
}

log() { printf '%s %s\n' "$(date +%T)" "$*" >&2; }

die() {
  log "error: $*"
  exit 1
}

run() {
  if "$DRY_RUN"; then
    echo "+ $*"
  else
    "$@"
  fi
}

# Prints the newest snapshot below $1, if there is one.
latest_snapshot() {
  local -a all=("$1"/????-??-??_??????)
  ((${#all[@]})) && echo "${all[-1]}"
}

cleanup() {
  local status=$?
  [[ -n ${LOCK:-} ]] && rm -rf -- "$LOCK"
  exit "$status"
}

# Copies every source into a new snapshot and drops the oldest ones.
take_snapshot() {
  local target=$1
  local previous snapshot source
  local -a options=(--archive --delete)

  previous=$(latest_snapshot "$target" || true)
  snapshot=$target/$(date +"$STAMP_FORMAT")
  if [[ -n $previous ]]; then
    options+=(--link-dest="$previous")
  fi

  run mkdir -p -- "$snapshot.partial"
  for source in "${SOURCES[@]}"; do
    if [[ ! -e $source ]]; then
      FAILED[$source]='does not exist'
      continue
    fi

    local attempt=1
    until run rsync "${options[@]}" -- "$source" "$snapshot.partial/"; do
      # Files that vanish while copying (24) are no reason to try again.
      case $? in
        24) break ;;
        23 | 30)
          if ((attempt++ >= 3)); then
            FAILED[$source]="gave up after ${attempt} attempts"
            break
          fi
          sleep $((attempt * 2))
          ;;
        *)
          FAILED[$source]='rsync failed'
          break
          ;;
      esac
    done
  done
  run mv -- "$snapshot.partial" "$snapshot"

  local -a all=("$target"/????-??-??_??????)
  while ((${#all[@]} > KEEP)); do
    run rm -rf -- "${all[0]}"
    all=("${all[@]:1}")
  done
}

main() {
  local opt
  while getopts ':nk:h' opt; do
    case $opt in
      n) DRY_RUN=true ;;
      k) KEEP=$OPTARG ;;
      h) usage && exit ;;
      *) usage >&2 && exit 2 ;;
    esac
  done
  shift $((OPTIND - 1))
  (($# >= 2)) || die 'need at least one source and a target'

  SOURCES=("${@:1:$#-1}")
  LOCK=${*: -1}/.lock
  mkdir -- "$LOCK" || die "läuft schon: $LOCK"
  trap cleanup EXIT INT TERM
  take_snapshot "${LOCK%/.lock}"
  ((${#FAILED[@]} == 0)) || die "failed: ${!FAILED[*]}"
}

main "$@"
