#!/usr/bin/env bash
# Installs the servers and the browser that the tests run, on Debian, where they are missing: as root or by a
# sudo that asks nothing. The tests start their own on high ports: no daemon is started or enabled by this.
set -euo pipefail

packages=(postgresql dovecot-imapd dovecot-lmtpd postfix chromium fonts-dejavu-core fonts-noto-color-emoji)
units=(postgresql dovecot postfix)
policy=/usr/sbin/policy-rc.d

main() {
  command -v dpkg-query > /dev/null || fail "This is not Debian. Install the equivalent of: ${packages[*]}"
  local missing known
  mapfile -t missing < <(list_missing)
  ((${#missing[@]})) || return 0
  as_root true 2> /dev/null || fail "The tests need packages. Run: sudo apt-get install ${missing[*]}"
  echo "Installing for the tests: ${missing[*]}"
  known=$(list_units)
  hold_services
  as_root apt-get -q update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends "${missing[@]}"
  disable_new_units "$known"
}

fail() {
  echo "$1" >&2
  exit 1
}

list_missing() {
  local package
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2> /dev/null | grep -qx installed || echo "$package"
  done
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

# Debian asks this file before a package starts its daemon: 101 forbids. One that is there already is left alone.
hold_services() {
  [[ -e $policy ]] && return
  trap 'as_root rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" > /dev/null
  as_root chmod 755 "$policy"
}

list_units() {
  command -v systemctl > /dev/null || return 0
  systemctl list-unit-files --no-legend "${units[@]/%/*}" 2> /dev/null | awk '{ print $1 }' || true
}

# A unit that came with this installation would start at the next boot; one that was there before is the owner's.
disable_new_units() {
  local unit
  for unit in $(list_units); do
    [[ $unit == *@* ]] || grep -qxF "$unit" <<< "$1" || as_root systemctl disable --quiet "$unit"
  done
}

main
