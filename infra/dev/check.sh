# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Martlet: ./dev test, tsan, bench, lint and fmt.

readonly TEST_SECONDS=${MARTLET_TEST_SECONDS:-3600}
SWIFT_SOURCES=(Shared Services Tests Benchmarks docs/examples infra/dev/tsan Package.swift)
SHELL_SOURCES=(dev .ci/run scripts/deploy.sh scripts/drill.sh scripts/load.sh scripts/logs.sh scripts/minikube.sh
    scripts/monitoring.sh scripts/rollback.sh scripts/uninstall.sh scripts/verify-deploy.sh infra/recovery/redis-snapshot.sh
    infra/recovery/kubernetes-export.sh infra/recovery/etcd-snapshot.sh infra/recovery/etcd-restore.sh)

# own_servers DIR PROFILE: a PostgreSQL and a Redis for one command, stopped with it, even when it is killed.
own_servers() {
    DATA=$1
    RUN=$1/run
    LOG=$1/log
    SERVERS_DIE_WITH_US=1
    mkdir -p "$RUN" "$LOG"
    give_to_server "$DATA"
    PG_PORT=$(random_free_port)
    REDIS_PORT=$(random_free_port "$PG_PORT")
    ON_EXIT+=(stop_servers)
    if [[ $2 == durable ]]; then
        PG_ADMIN_PASSWORD=$(random_hex 24)
        REDIS_PASSWORD=$(random_hex 24)
        pg_prepare scram-sha-256
    else
        PG_ADMIN_PASSWORD='' REDIS_PASSWORD=''
        pg_prepare trust
    fi
    pg_configure "$2"
    redis_configure "$2"
    pg_spawn
    redis_spawn
    server_up postgres pg_is_ready
    server_up redis redis_is_ready
}

# --- test ---

cmd_test() {
    local sanitizer=() filter=() passed=() filtered=0 argument
    for argument in "$@"; do
        case $argument in
            --tsan)
                sanitizer=(--sanitize=thread --scratch-path .build-tsan)
                # Pure values whose long comparisons would keep all others waiting.
                filter=(--filter "^($TSAN_TARGETS)Tests\\." --skip '\.(TimeZoneRules|CronExpression)Tests')
                ;;
            --deep) export MARTLET_TEST_DEEP=1 ;;
            *)
                [[ $argument != --filter* ]] || filtered=1
                passed+=("$argument")
                ;;
        esac
    done
    ((!filtered)) || filter=()
    find_server_user
    ensure_packages build postgres redis scripts
    find_server_user
    prepare_state
    prepare_venv test
    # What the sanitizer looks at needs none of them.
    ((${#sanitizer[@]} > 0)) || prepare_deploy_tools
    export MARTLET_TEST_PYTHON=$STATE/test-venv/bin/python
    export MARTLET_TEST_OTLP_PYTHON=$MARTLET_TEST_PYTHON MARTLET_TEST_CRON_PYTHON=$MARTLET_TEST_PYTHON
    note "Building the tests"
    run_build swift build --build-tests "${sanitizer[@]}"
    start_test_servers
    ((${#sanitizer[@]} == 0)) || show_hand_overs_to_the_sanitizer
    MARTLET_TEST_BIN=$(swift build "${sanitizer[@]}" --show-bin-path)
    export MARTLET_TEST_BIN
    note "Running the tests (PostgreSQL on port $PG_PORT, Redis on port $REDIS_PORT)"
    # Hundreds of tests at once on two cores measure each other's patience; a few at a time are as fast.
    export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-6}
    if ((filtered)) || ((${#filter[@]} > 0)); then
        run_tests "${sanitizer[@]}" "${filter[@]}" "${passed[@]}"
        return
    fi
    # Fault tests stop servers and processes and watch what follows: they have the machine to themselves.
    run_tests --skip '^(Fault|Documentation)Tests\.' "${passed[@]}"
    note "Running the documentation's commands"
    run_tests --filter '^DocumentationTests\.' "${passed[@]}"
    if [[ -n ${MARTLET_TEST_DEEP:-} ]]; then
        note "Testing the status page in a browser"
        (cmd_browser)
        note "Testing the images and the Compose file on a real engine"
        (cmd_containers)
    fi
    note "Running the fault tests"
    run_tests --filter '^FaultTests\.' "${passed[@]}"
}

# See infra/dev/tsan. A race fails the run even where the test that has it passes.
show_hand_overs_to_the_sanitizer() {
    local sources=$ROOT/infra/dev/tsan tools
    tools=$(dirname "$(readlink -f "$(command -v swift)")")
    "$tools/clang" -O1 -shared -fPIC -o "$SCRATCH/hand_overs.so" "$sources/contended_lock.c" "$sources/continuation.c"
    "$tools/swiftc" -O -swift-version 6 -parse-as-library -emit-library -module-name CheckedContinuations \
        -o "$SCRATCH/checked_continuations.so" "$sources/checked_continuation.swift"
    chmod 755 "$SCRATCH"
    RACES=$SCRATCH/races
    TEST_ENVIRONMENT=("LD_PRELOAD=$SCRATCH/hand_overs.so $SCRATCH/checked_continuations.so"
        "TSAN_OPTIONS=exitcode=66 log_path=$RACES suppressions=$ROOT/infra/dev/tsan/suppressions.txt ${TSAN_OPTIONS:-}")
}
TEST_ENVIRONMENT=()
RACES=

# run_tests ARGUMENT...: of a run that passes nothing is printed after the runner's closing line.
run_tests() {
    local status=0 results=$SCRATCH/results.xml
    rm -f "$results"
    run_child env "${TEST_ENVIRONMENT[@]}" timeout -s INT -k 30 "$TEST_SECONDS" swift test --skip-build --disable-xctest \
        --xunit-output "$results" "$@" || status=$?
    # What went wrong comes last, where a reader of a long log finds it.
    ((status == 0)) || show_failures "$results"
    ((status == 0)) || [[ -z $RACES ]] || cat "$RACES".* 2>/dev/null || true
    ((status != 124)) || warn "the tests did not end within $TEST_SECONDS s (MARTLET_TEST_SECONDS sets another limit)"
    return "$status"
}

# show_failures FILE: the tests that failed with what they say, of the runner's XML; a runner that was ended leaves none.
show_failures() {
    [[ -s $1 ]] || return 0
    note "What failed"
    awk -F '"' '/<testcase / { test = $2 "/" $4 } /<failure / { gsub(/^ *<failure message="|" \/>$/, ""); print test ": " $0 }' "$1" |
        sed 's/&#10;/\n    /g; s/&#8594;/→/g; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&amp;/\&/g' | cut -c 1-2000 | sed -n 1,100p
}

start_test_servers() {
    make_scratch
    own_servers "$SCRATCH" scratch
    export MARTLET_TEST_DATABASE_URL="postgres://postgres@127.0.0.1:$PG_PORT/postgres"
    export MARTLET_TEST_REDIS_URL="redis://127.0.0.1:$REDIS_PORT"
    export MARTLET_TEST_PG_BIN=$PG_BIN MARTLET_TEST_FOLDER=$SCRATCH
}

# make_scratch: a directory that the servers' user reaches, removed at the end; those of killed runs go too.
make_scratch() {
    local base=${TMPDIR:-/tmp} old
    as_server test -w "$base" 2>/dev/null || base=/tmp
    for old in "$base"/martlet-test.*; do
        [[ -d $old && -e $old/owner ]] || continue
        recorded_pid "$old/owner" >/dev/null || rm -rf "$old"
    done
    SCRATCH=$(mktemp -d "$base/martlet-test.XXXXXX")
    record_pid "$SCRATCH/owner" $$
    ON_EXIT+=(remove_scratch)
}

remove_scratch() { rm -rf "$SCRATCH"; }

# --- bench ---

cmd_bench() {
    local peers=0 argument status=0
    for argument in "$@"; do
        [[ $argument != --peers ]] || peers=1
    done
    prepare_state
    exec 8>>"$STATE/bench.lock"
    flock -n 8 || die "another ./dev bench runs here: two at once would measure each other"
    if [[ ${1:-} == --backups ]]; then
        shift
        bench_backups "$@"
        return
    fi
    find_server_user
    ensure_packages build postgres redis
    find_server_user
    ((!peers)) || prepare_peers
    build_products release martlet-api martlet-worker martlet-health martlet-bench
    wipe_data bench
    ON_EXIT+=(wipe_bench)
    place_data bench
    note "Starting fresh servers for the measurement (fsync on, synchronous_commit on)"
    own_servers "$DATA" durable
    export MARTLET_BENCH_DATABASE_URL="postgres://postgres:$PG_ADMIN_PASSWORD@127.0.0.1:$PG_PORT/postgres"
    export MARTLET_BENCH_REDIS_URL="redis://:$REDIS_PASSWORD@127.0.0.1:$REDIS_PORT"
    export MARTLET_BENCH_BIN=$BIN_DIR MARTLET_BENCH_PG_BIN=$PG_BIN
    # File names in the arguments are the caller's.
    cd "$CALLER_DIR"
    run_child "$BIN_DIR/martlet-bench" "$@" 8>&- || status=$?
    return "$status"
}

wipe_bench() { wipe_data bench; }

# bench_backups ARGUMENT...: backups and restores beside pgBackRest and PostgreSQL's own programs; the user's own folders stay untouched.
bench_backups() {
    local status=0 report='' argument previous='' words=()
    for argument in "$@"; do
        # The servers' user may not write where the caller stands.
        if [[ $previous == --json ]]; then report=$argument; fi
        if [[ $argument != --json && $previous != --json ]]; then words+=("$argument"); fi
        previous=$argument
    done
    find_server_user
    ensure_packages build postgres redis
    command -v pgbackrest >/dev/null || apt_install pgbackrest
    find_server_user
    build_products release martlet-api martlet-worker martlet-backup
    make_scratch
    own_servers "$SCRATCH" scratch
    install -d -m 755 "$SCRATCH/bin"
    install -m 755 "$BIN_DIR"/martlet-{api,worker,backup} "$SCRATCH/bin/"
    cp -R "$BIN_DIR"/*.resources "$SCRATCH/bin/" 2>/dev/null || true
    install -m 644 "$ROOT"/Benchmarks/backups/*.py "$SCRATCH/bin/"
    as_server mkdir -m 700 "$SCRATCH/compare"
    note "Comparing backups (this takes some minutes and four times the ledger's size of disk)"
    cd "$CALLER_DIR"
    run_child "${AS_SERVER[@]}" env "COMPARE_BIN=$SCRATCH/bin" "COMPARE_PG_BIN=$PG_BIN" "COMPARE_FOLDER=$SCRATCH/compare" \
        "COMPARE_REDIS_URL=redis://127.0.0.1:$REDIS_PORT" python3 "$SCRATCH/bin/compare.py" --json "$SCRATCH/compare/report.json" "${words[@]}" 8>&- || status=$?
    [[ -z $report || ! -f $SCRATCH/compare/report.json ]] || install -m 644 "$SCRATCH/compare/report.json" "$report"
    return "$status"
}

# Sidekiq is Debian's, the Python peers live in a virtual environment of their own with pinned versions.
prepare_peers() {
    local missing=()
    compgen -G '/usr/share/rubygems-integration/*/specifications/sidekiq-*.gemspec' >/dev/null ||
        missing+=(ruby-sidekiq)
    ((${#missing[@]} == 0)) || apt_install "${missing[@]}"
    prepare_venv peers
    export MARTLET_BENCH_PYTHON=$STATE/peers-venv/bin/python MARTLET_BENCH_RUBY=/usr/bin/ruby
    export MARTLET_BENCH_PEERS=$ROOT/Benchmarks/peers
}

# prepare_venv NAME: a virtual environment .martlet/NAME-venv with what infra/dev/NAME-requirements.txt pins.
prepare_venv() {
    local venv=$STATE/$1-venv wanted=$ROOT/infra/dev/$1-requirements.txt
    ! cmp -s "$wanted" "$venv/installed.txt" || return 0
    ensure_packages test
    note "Installing ${wanted##*/} into .martlet/$1-venv"
    rm -rf "$venv"
    python3 -m venv "$venv"
    run_child "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$wanted" ||
        die "pip could not install what $wanted asks for"
    cp "$wanted" "$venv/installed.txt"
}

# --- lint and fmt ---

existing() {
    local path
    for path in "$@"; do
        [[ ! -e $path ]] || printf '%s\n' "$path"
    done
}

cmd_lint() {
    local status=0 sources scripts script twice needs=(swift)
    # Nobody reads there that a check was left out.
    [[ -z ${CI:-} ]] || needs+=(lint)
    ensure_packages "${needs[@]}"
    mapfile -t sources < <(existing "${SWIFT_SOURCES[@]}")
    mapfile -t scripts < <(existing "${SHELL_SOURCES[@]}" infra/dev/*.sh infra/recovery/*.sh)
    swift format lint --strict --parallel --recursive "${sources[@]}" || status=1
    for script in "${scripts[@]}"; do
        bash -n "$script" || status=1
    done
    # The parts of dev are sourced into one shell, where the later of two functions silently takes the name.
    twice=$(grep -hoE '^[a-z_]+\(\)' dev infra/dev/*.sh | sort | uniq -d)
    [[ -z $twice ]] || { warn "dev has several functions of one name: $twice" && status=1; }
    if command -v shellcheck >/dev/null; then
        # The parts are sourced by dev and checked through it, so that what one sets and another uses is seen together.
        shellcheck -x -a "${SHELL_SOURCES[@]}" || status=1
    else
        note "shellcheck is not installed: the shell scripts were only parsed"
    fi
    if ((status == 0)); then
        note "lint found nothing"
    else
        die "lint found problems (above)" "./dev fmt settles those of formatting"
    fi
}

cmd_fmt() {
    local sources
    ensure_packages swift
    mapfile -t sources < <(existing "${SWIFT_SOURCES[@]}")
    swift format --in-place --parallel --recursive "${sources[@]}"
    note "Formatted: ${sources[*]}"
}
