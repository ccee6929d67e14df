# SPDX-License-Identifier: Apache-2.0
# Martlet: the images of its programs: docker build --build-arg SERVICE=api .   (api, worker, health or backup)
#
# Each image is a file system with the program, the libraries that it loads, root certificates and time zones: no shell, no
# package manager, nobody but a user without rights. Only backup has more: PostgreSQL's own programs, which make and try its
# backups, and the shell that PostgreSQL runs its commands by.
ARG SERVICE=api
ARG SWIFT_IMAGE=swift:6.3-bookworm
ARG DEBIAN_IMAGE=debian:bookworm-slim

# --- the programs, all four in one build
FROM ${SWIFT_IMAGE} AS build
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean && apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
    jq libhiredis-dev liblz4-dev libpq-dev libssl-dev libyaml-dev libzstd-dev pkg-config zlib1g-dev
WORKDIR /source
COPY Package.swift ./
COPY Shared Shared
COPY Services Services
# Named by the manifest; nothing of them is built.
COPY Benchmarks Benchmarks
COPY Tests Tests
COPY docs/examples docs/examples
ARG TARGETARCH
# Nobody loads anything into them that would look for their symbols.
RUN --mount=type=cache,target=/source/.build,id=swift-${TARGETARCH},sharing=locked \
    for product in api worker health backup; do \
        swift build -c release --static-swift-stdlib -Xlinker -s -Xlinker --no-export-dynamic --product "martlet-$product" || exit 1; \
        install -D -m 755 ".build/release/martlet-$product" "/programs/$product/usr/local/bin/martlet-$product"; \
        ln -s "martlet-$product" "/programs/$product/usr/local/bin/martlet"; \
    done
# By its ending scanners, and lists of contents, know it for one of theirs.
COPY infra/images/swift-packages.jq /usr/local/share/
RUN for product in api worker health backup; do \
        mkdir -p "/programs/$product/usr/share/doc/martlet" && \
        jq --null-input --from-file /usr/local/share/swift-packages.jq Package.resolved \
            >"/programs/$product/usr/share/doc/martlet/swift-packages.cdx.json" || exit 1; \
    done

# --- what they need of Debian, as a file system of its own
FROM ${DEBIAN_IMAGE} AS debian
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean && apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
    ca-certificates libhiredis0.14 libjemalloc2 liblz4-1 libpq5 libssl3 libstdc++6 libyaml-0-2 libzstd1 tzdata zlib1g
COPY infra/images/file-system.sh /usr/local/bin/file-system

FROM debian AS files-api
COPY --from=build /programs/api /programs
RUN file-system /programs /files

FROM debian AS files-worker
COPY --from=build /programs/worker /programs
RUN file-system /programs /files

FROM debian AS files-health
COPY --from=build /programs/health /programs
RUN file-system /programs /files

FROM debian AS postgres
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \
    mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf && \
    apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends locales postgresql-15

FROM postgres AS icu-data
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends binutils icu-devtools
COPY infra/images/icu-data.sh /usr/local/bin/icu-data
RUN icu-data /data

FROM postgres AS files-backup
COPY --from=icu-data /data /tmp/icu-data
RUN cp /tmp/icu-data/* "$(dirname /usr/lib/*/libicudata.so.*.*)/"
# A server starts only where the locale is that its cluster was made with: name those that yours have.
ARG LOCALES="en_US.UTF-8"
RUN for locale in $LOCALES; do localedef -i "${locale%.*}" -c -f UTF-8 "$locale" || exit 1; done
COPY --from=build /programs/backup /programs
RUN file-system --postgres 15 /programs /files

# --- the image
FROM scratch AS image-api
ENV LD_PRELOAD=libjemalloc.so.2 APP_PORT=8080
EXPOSE 8080
FROM scratch AS image-worker
ENV LD_PRELOAD=libjemalloc.so.2 APP_PORT=8081
EXPOSE 8081
FROM scratch AS image-health
ENV LD_PRELOAD=libjemalloc.so.2 APP_PORT=8082
EXPOSE 8082
# One heap of the C library needs less than jemalloc's arenas: chunks go from thread to thread (docs/decisions/0038).
FROM scratch AS image-backup
ENV APP_PORT=8083 PATH=/usr/local/bin:/usr/lib/postgresql/15/bin:/usr/bin:/bin
EXPOSE 8083

FROM files-${SERVICE} AS files

FROM image-${SERVICE}
ARG SERVICE
ARG COMMIT=unknown
ARG VERSION=0.0.0
COPY --from=files /files /
# Where volumes are mounted: one that is new takes its owner from here.
COPY --from=files --chown=65532:65532 /volumes /
ENV MARTLET_COMMIT=${COMMIT} LC_ALL=C.UTF-8 TZ=UTC
LABEL org.opencontainers.image.title="martlet-${SERVICE}" \
      org.opencontainers.image.description="Martlet: durable background jobs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/martlet/martlet" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}" \
      org.opencontainers.image.base.name="scratch"
USER 65532:65532
WORKDIR /tmp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/usr/local/bin/martlet", "health"]
ENTRYPOINT ["/usr/local/bin/martlet"]
