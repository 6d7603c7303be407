#!/bin/sh
# Summarises web server logs: requests per status, slowest paths, top clients.
# POSIX sh only, so that it runs in the smallest containers.

set -eu

LIMIT=10
MODE=status
tmp=''

on_exit() {
    [ -z "$tmp" ] || rm -f "$tmp"
}
trap on_exit EXIT

fail() {
    echo "log_report: $1" >&2
    exit "${2:-1}"
}

is_number() {
    case $1 in
        '' | *[!0-9]*) return 1 ;;
        *) return 0 ;;
    esac
}

open_log() {
    case $1 in
        *.gz) gzip -dc -- "$1" ;;
        -) cat ;;
        *) cat -- "$1" ;;
    esac
}

top() { sort -rn | head -n "$LIMIT"; }

heading() { printf '\n── %s ──\n' "$1"; }

by_status() {
    heading 'Requests per status'
    awk '{ count[$9]++ } END { for (s in count) print count[s], s }' | top
}

by_client() {
    heading 'Busiest clients'
    awk '
        # skip the health checks of the load balancer
        /"GET \/healthz/ { next }
        { seen[$1]++ }
        END {
            for (client in seen) {
                printf "%d %s\n", seen[client], client
            }
        }
    ' | top
}

slowest() {
    heading 'Slowest paths'
    awk '{ if ($NF > worst[$7]) worst[$7] = $NF } END { for (p in worst) print worst[p], p }' | top
}

# Reads all files into one and prints the reports that were asked for.
report() {
    tmp=$(mktemp) || fail 'cannot create a temporary file'
    bad=0

    for file in "$@"; do
        if [ "$file" != - ] && [ ! -r "$file" ]; then
            echo "skipping $file: not readable" >&2
            bad=$((bad + 1))
            continue
        fi
        if ! open_log "$file" >>"$tmp"; then
            # A truncated archive still gives us its first part.
            echo "warning: $file is damaged" >&2
            bad=$((bad + 1))
        fi
    done

    if [ ! -s "$tmp" ]; then
        if [ "$bad" -gt 0 ]; then
            fail 'nothing could be read' 3
        fi
        echo 'no requests'
        return 0
    fi

    case $MODE in
        status) by_status <"$tmp" ;;
        client) by_client <"$tmp" ;;
        slow) slowest <"$tmp" ;;
        all)
            for section in by_status by_client slowest; do
                "$section" <"$tmp"
            done
            ;;
        *) fail "unknown mode {$MODE}" 2 ;;
    esac
}

while [ $# -gt 0 ]; do
    case $1 in
        -l | --limit)
            is_number "${2:-}" || fail '--limit needs a number' 2
            LIMIT=$2
            shift
            ;;
        -m | --mode)
            MODE=${2:?mode is missing}
            shift
            ;;
        --) shift && break ;;
        -?*) fail "unknown option $1" 2 ;;
        *) break ;;
    esac
    shift
done

report "${@:--}"
