# shellcheck shell=bash
# Functions shared by the deployment scripts; meant to be sourced.

[[ -n ${DEPLOY_LIB_LOADED:-} ]] && return 0
DEPLOY_LIB_LOADED=1

: "${DEPLOY_ROOT:=/srv/app}"
: "${HEALTH_URL:=http://localhost:8080/healthz}"

if [[ -t 2 ]]; then
  RED=$'\e[31m' GREEN=$'\e[32m' RESET=$'\e[0m'
else
  RED='' GREEN='' RESET=''
fi

info() { echo "${GREEN}✓${RESET} $*" >&2; }
warn() { echo "${RED}✗${RESET} $*" >&2; }
is_set() { [[ -n ${!1:-} ]]; }
has() { command -v "$1" >/dev/null 2>&1; }

function require_tools {
  local tool missing=()
  for tool in "$@"; do
    has "$tool" || missing+=("$tool")
  done
  if ((${#missing[@]} > 0)); then
    warn "missing: ${missing[*]}"
    return 1
  fi
}

function current_release() (
  cd "$DEPLOY_ROOT" || exit
  readlink current
)

# Writes the unit file of a service to standard output.
render_unit() {
  local name=$1 port=$2
  cat <<-UNIT
	[Unit]
	Description=$name {port $port}

	[Service]
	ExecStart=$DEPLOY_ROOT/current/bin/$name --port $port
	UNIT
  cat <<'STATIC'
Restart=on-failure
Environment="OPTS=${OPTS}"
STATIC
}

wait_healthy() {
  local deadline=$((SECONDS + ${1:-30}))
  while ((SECONDS < deadline)); do
    curl -fsS -o /dev/null "$HEALTH_URL" && return 0
    sleep 1
  done
  return 1
}

MAX_RELEASES=5

# Activates the release $1; goes back to the one before when it is unhealthy.
activate() {
  local release=$1 previous old
  local -i kept=0

  if [[ ! -d $DEPLOY_ROOT/releases/$release ]]; then
    warn "no such release: $release"
    return 2
  fi
  previous=$(current_release) || previous=''

  ln -sfn "releases/$release" "$DEPLOY_ROOT/current.new"
  mv -T "$DEPLOY_ROOT/current.new" "$DEPLOY_ROOT/current"

  if ! wait_healthy 20; then
    warn "$release is not healthy"
    if [[ -n $previous ]]; then
      # Going back must not fail half way, hence the same two steps.
      ln -sfn "$previous" "$DEPLOY_ROOT/current.new"
      mv -T "$DEPLOY_ROOT/current.new" "$DEPLOY_ROOT/current"
      case $(wait_healthy 20 && echo up || echo down) in
        up) info "back on ${previous##*/}" ;;
        down) warn 'the previous release is down as well' ;;
      esac
    fi
    return 1
  fi

  while IFS= read -r -d '' old; do
    if ((++kept <= MAX_RELEASES)); then
      continue
    elif [[ $old == "$DEPLOY_ROOT/releases/$release" ]]; then
      continue
    fi
    rm -rf -- "$old"
  done < <(find "$DEPLOY_ROOT/releases" -mindepth 1 -maxdepth 1 -type d -print0 | sort -rz)

  info "now running $release"
}

parse_env() {
  local key value
  while IFS='=' read -r key value; do
    [[ $key =~ ^[A-Z_]+$ ]] || continue
    export "$key=${value//\"/}"
  done <"$1"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  warn 'source this file instead of running it'
  exit 64
fi
