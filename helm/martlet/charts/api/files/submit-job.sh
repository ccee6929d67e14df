#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Martlet: submits a job to the API and waits for its end: what `helm test` runs.
set -eu

key=$(tr -s ', \t' '\n' < "$MARTLET_API_KEYS_FILE" | sed -n '/./{p;q;}')
call() {
    curl --silent --show-error --fail-with-body --max-time "$((MARTLET_TEST_SECONDS + 5))" \
        --header @- "$@" <<HEADER
Authorization: Bearer $key
HEADER
}

once=helm-test-$(date +%s)
# A new release may still be on its way; a repetition with the same Idempotency-Key makes no second job.
attempt=1
until job=$(call --header 'Content-Type: application/json' --header "Idempotency-Key: $once" \
    --data '{"kind":"noop","args":{}}' "$API_BASE_URL/v1/jobs"); do
    echo "attempt $attempt: $job"
    [ "$attempt" -lt 10 ] || exit 1
    attempt=$((attempt + 1))
    sleep 3
done

id=$(echo "$job" | sed -n 's/.*"id":"\([0-9]*\)".*/\1/p')
[ -n "$id" ] || { echo "no id in the answer: $job"; exit 1; }
end=$(call "$API_BASE_URL/v1/jobs/$id/wait?timeout=$MARTLET_TEST_SECONDS")
echo "$end"
case $end in
    *'"state":"completed"'*) echo "job $id was run" ;;
    *) echo "job $id did not end within $MARTLET_TEST_SECONDS s: is there a worker for the queue default?"; exit 1 ;;
esac
