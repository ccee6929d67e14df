# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: starting, recognising and stopping processes by their recorded identity, never by name.

RUN=$STATE/run
LOG=$STATE/log
FOREGROUND_PID=''
declare -A CHILD=()

# identity PID: "pid start-time boot". A pid alone may be somebody else's after a reboot; these three cannot.
identity() {
    local stat boot
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    { read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null || boot=unknown
    # The second field is the program's name and may hold spaces and brackets: cut behind its last bracket.
    local -a fields
    read -r -a fields <<<"${stat##*) }"
    [[ ${fields[0]} != [ZX] ]] || return 1
    printf '%s %s %s\n' "$1" "${fields[19]}" "$boot"
}

# recorded_pid FILE: the pid in an identity file, if that very process still runs.
recorded_pid() {
    local recorded pid
    { read -r recorded <"$1"; } 2>/dev/null || return 1
    pid=${recorded%% *}
    [[ $pid =~ ^[0-9]+$ && $(identity "$pid") == "$recorded" ]] || return 1
    printf '%s\n' "$pid"
}

# In one step: a reader sees the old one or the new one.
record_pid() { identity "$2" >"$1.new" && mv "$1.new" "$1"; }

# pid_of NAME: the pid of one of our processes that runs now.
pid_of() {
    recorded_pid "$RUN/$1.pid" && return 0
    [[ -n ${CHILD[$1]:-} ]] && identity "${CHILD[$1]}" >/dev/null && printf '%s\n' "${CHILD[$1]}"
}

is_gone() { ! pid_of "$1" >/dev/null; }

# spawn NAME COMMAND...: starts a process in a session of its own, so that Ctrl-C reaches the supervisor alone and the
# order of stopping stays ours. Its identity is on disk before it runs: a killed supervisor leaves no unknown orphan.
spawn() {
    local name=$1
    shift
    (
        trap - INT TERM HUP
        record_pid "$RUN/$name.pid" "$BASHPID"
        exec setsid "$@" </dev/null >>"$LOG/$name.log" 2>&1 9>&-
    ) &
    CHILD[$name]=$!
}

# signal NAME SIGNAL
signal() {
    local pid
    pid=$(pid_of "$1") && kill -s "$2" "$pid" 2>/dev/null
}

# stop_process NAME SIGNAL SECONDS [SIGNAL SECONDS]...: asks, waits to the deadline, asks harder, and at last kills.
stop_process() {
    local name=$1
    shift
    while (($# >= 2)) && ! is_gone "$name"; do
        signal "$name" "$1" || true
        wait_until "$2" is_gone "$name" && break
        warn "$name did not stop within $2 s of SIG$1"
        shift 2
    done
    finish_process "$name" 0
}

# finish_process NAME SECONDS: waits for a process that was asked to stop, and kills it at the deadline.
finish_process() {
    if ! wait_until "$2" is_gone "$1"; then
        (($2 == 0)) || warn "$1 did not stop within $2 s"
        signal "$1" KILL || true
        wait_until 5 is_gone "$1" || warn "$1 is still there after SIGKILL"
    fi
    rm -f "$RUN/$1.pid"
    unset "CHILD[$1]"
}

# run_child COMMAND...: runs a long command so that a signal to this script ends it too. It has its own process group,
# gets SIGINT from us, and dies with us even when we are killed.
run_child() {
    local status=0
    (
        trap - INT TERM HUP
        exec setsid setpriv --pdeathsig INT "$@" 9>&-
    ) &
    FOREGROUND_PID=$!
    wait "$FOREGROUND_PID" || status=$?
    FOREGROUND_PID=''
    return "$status"
}

child_is_gone() { ! identity "$FOREGROUND_PID" >/dev/null; }

stop_child() {
    [[ -n $FOREGROUND_PID ]] || return 0
    kill -s INT -- "-$FOREGROUND_PID" 2>/dev/null
    wait_until 10 child_is_gone || kill -s KILL -- "-$FOREGROUND_PID" 2>/dev/null
    FOREGROUND_PID=''
}
ON_EXIT+=(stop_child)

# A second Ctrl-C while stopping: services leave at once on a second SIGTERM; the servers still close properly.
hurry() {
    STOP_ASKED=1
    signal api TERM
    signal worker TERM
    signal backup TERM
    [[ -z $FOREGROUND_PID ]] || kill -s KILL -- "-$FOREGROUND_PID" 2>/dev/null
}

describe_exit() {
    if (($1 > 128)); then
        printf 'was ended by signal %s' "$(($1 - 128))"
    else
        printf 'ended with status %s' "$1"
    fi
}

# tail_log NAME LINES: the end of a log, set off from our own messages.
tail_log() {
    [[ -s $LOG/$1.log ]] || return 0
    printf -- '--- the last lines of %s ---\n' "$LOG/$1.log" >&2
    tail -n "$2" "$LOG/$1.log" | sed 's/^/    /' >&2
}
