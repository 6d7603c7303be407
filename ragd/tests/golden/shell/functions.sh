#!/usr/bin/env bash
# Functions in all the ways in which shells write them.
set -euo pipefail

# Says something and ends.
function die {
    echo "$1" >&2
    exit 1
}

function has_command() {
    command -v "$1" >/dev/null
}

if has_command gdate; then
    today() {
        gdate +%F
    }
else
    today() {
        date +%F
    }
fi

today || die "no date"
