# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: ./dev doctor, what is there, what is missing, and the exact way to get it.

how_to_get() {
    local prefix=''
    ((EUID == 0)) || prefix='sudo '
    if [[ -n $1 ]]; then
        printf '%sapt-get install -y --no-install-recommends %s' "$prefix" "$1"
    elif command -v swift >/dev/null && [[ -n $(toolchain_packages) ]]; then
        printf 'it is in PATH, but cannot run without its libraries (below)'
    else
        printf 'https://www.swift.org/install/linux/ (%s or newer), its usr/bin in PATH' "$SWIFT_MINIMUM"
    fi
}

# doctor_row FORMAT NAME TITLE STATUS VERSION HOW
doctor_row() {
    if [[ $1 == json ]]; then
        printf '{"name":%s,"status":%s,"version":%s,"how":%s}' "$(json_string "$2")" "$(json_string "$4")" \
            "$(json_string "$5")" "$(json_string "$6")"
    else
        printf '  %-8s %-28s %-14s %s\n' "$4" "$3" "$5" "$6"
    fi
}

# doctor_rows FORMAT: one row a line; the last line is the number of missing things.
doctor_rows() {
    local entry name package need title version library lacking=0
    for entry in "${REQUIREMENTS[@]}"; do
        IFS='|' read -r name package need title <<<"$entry"
        if version=$(probe "$name"); then
            doctor_row "$1" "$name" "$title" ok "$version" ''
        else
            lacking=$((lacking + 1))
            doctor_row "$1" "$name" "$title" missing "$version" "$(how_to_get "$package")"
        fi
        echo
    done
    while IFS= read -r library; do
        lacking=$((lacking + 1))
        doctor_row "$1" "$library" "$library (Swift toolchain)" missing '' "$(how_to_get "$library")"
        echo
    done < <(toolchain_packages)
    for entry in "${OPTIONAL[@]}"; do
        IFS='|' read -r name package need title <<<"$entry"
        if version=$(probe "$name"); then
            doctor_row "$1" "$name" "$title" ok "$version" ''
        else
            doctor_row "$1" "$name" "$title" optional '' "$(how_to_get "$package")"
        fi
        echo
    done
    printf '\n%s\n' "$lacking"
}

cmd_doctor() {
    local format=text rows missing
    case ${1:-} in
        '') ;;
        --json) format=json ;;
        --install) ensure_packages build postgres redis lint monitoring test scripts ;;
        *) usage_error "doctor knows --json and --install only" ;;
    esac
    mapfile -t rows < <(doctor_rows "$format" | grep .)
    missing=${rows[-1]}
    unset 'rows[-1]'
    if [[ $format == json ]]; then
        printf '{"ok":%s,"missing":%s,"checks":[' "$( ((missing == 0)) && echo true || echo false)" "$missing"
        local IFS=,
        printf '%s]}\n' "${rows[*]}"
    else
        printf '%s\n' "${rows[@]}"
        if ((missing == 0)); then
            echo "Nothing is missing."
        else
            echo "$missing missing. ./dev up and ./dev test install everything but Swift by themselves."
        fi
    fi
    ((missing == 0))
}
