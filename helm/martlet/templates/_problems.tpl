{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: values that can't work together, which a schema could say less plainly. Each line says where, what, and what is allowed.
*/ -}}

{{- define "martlet.problems" -}}
{{- $v := .Values -}}
{{- $dev := $v.global.devServers.enabled -}}
{{- $accounts := list }}
{{- range $name := list "api" "worker" "health" "backup" }}
{{- $part := get $v $name }}
{{- if $part.enabled }}
{{- if ge (int $part.drain.delaySeconds) (int $part.drain.shutdownSeconds) }}
{{ $name }}.drain.delaySeconds: {{ $part.drain.delaySeconds }} leaves nothing of shutdownSeconds; allowed: less than {{ $part.drain.shutdownSeconds }}
{{- end }}
{{- include "martlet.resourceProblems" (dict "place" (printf "%s.resources" $name) "resources" $part.resources) }}
{{- $variables := list }}
{{- range $index, $variable := $part.extraEnv }}
{{- $secret := .name | trimSuffix "_FILE" }}
{{- if has .name $variables }}
{{ $name }}.extraEnv[{{ $index }}].name: {{ .name }} is there before; allowed: once
{{- else if kindIs "map" (get $part.secrets $secret) }}
{{ $name }}.extraEnv[{{ $index }}].name: {{ .name }} comes from {{ $name }}.secrets.{{ $secret }}; allowed: other names
{{- end }}
{{- $variables = append $variables .name }}
{{- end }}
{{- range $index, $volume := $part.extraVolumes }}
{{- $volumes := concat (list "secrets" "tmp") (get (dict "health" (list "checks") "backup" (list "scratch" "shared-memory" "store")) $name | default list) }}
{{- if or (has .name $volumes) (and $v.global.authorities (eq .name "authorities")) }}
{{ $name }}.extraVolumes[{{ $index }}].name: {{ .name }} is one of the chart's own; allowed: other names
{{- end }}
{{- end }}
{{- if $part.serviceAccount.create }}
{{- $account := include "martlet.serviceAccountName" (dict "Values" (merge (dict "global" $v.global) $part) "Release" $.Release "Chart" (dict "Name" $name)) }}
{{- if has $account $accounts }}
{{ $name }}.serviceAccount.name: {{ $account }} is another part's; allowed: one of its own, or create false
{{- end }}
{{- $accounts = append $accounts $account }}
{{- end }}
{{- with $part.autoscaling }}
{{- if ne .kind "none" }}
{{- if gt (int .minReplicas) (int .maxReplicas) }}
{{ $name }}.autoscaling.minReplicas: {{ .minReplicas }} is more than maxReplicas; allowed: up to {{ .maxReplicas }}
{{- end }}
{{- $age := (.queueAge | default (dict "targetSeconds" 0)).targetSeconds }}
{{- $depth := (.queueDepth | default (dict "targetJobs" 0)).targetJobs }}
{{- $extra := eq .kind "hpa" | ternary .extraMetrics .extraTriggers }}
{{- if not (or .cpuUtilization .memoryUtilization $age $depth $extra) }}
{{ $name }}.autoscaling: nothing is measured; allowed: cpuUtilization, memoryUtilization{{ if eq $name "worker" }}, queueAge, queueDepth{{ end }} or {{ eq .kind "hpa" | ternary "extraMetrics" "extraTriggers" }}
{{- end }}
{{- range $resource := list "cpu" "memory" }}
{{- if and (get $part.autoscaling (printf "%sUtilization" $resource)) (not (get ($part.resources.requests | default dict) $resource)) }}
{{ $name }}.autoscaling.{{ $resource }}Utilization: is a share of what is requested, and nothing is; allowed: 0, or with {{ $name }}.resources.requests.{{ $resource }}
{{- end }}
{{- end }}
{{- if eq .kind "hpa" }}
{{- range $queue := .queues | default list }}
{{- /* What Kubernetes takes for a label's value. */}}
{{- if not (regexMatch "^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$" $queue) }}
{{ $name }}.autoscaling.queues: {{ $queue }} can't be selected by a HorizontalPodAutoscaler; allowed: letters, digits and . _ - within, or autoscaling.kind keda
{{- end }}
{{- end }}
{{- end }}
{{- if and $part.verticalAutoscaling.enabled (ne $part.verticalAutoscaling.updateMode "Off") }}
{{ $name }}.verticalAutoscaling.updateMode: {{ $part.verticalAutoscaling.updateMode }} changes the requests that {{ .kind }} measures by; allowed: "Off", or autoscaling.kind none
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- $secrets := $v.global.secrets }}
{{- if and (eq $secrets.source "external") (not (or $secrets.external.remoteKey $secrets.external.data)) }}
global.secrets.external: nothing says which secret of the store; allowed: remoteKey, or data
{{- end }}
{{- if and (ne $secrets.source "create") $secrets.values }}
global.secrets.values: are not used with the source {{ $secrets.source }}; allowed: none, or global.secrets.source create
{{- end }}
{{- /* All names are known where they are listed here: neither in a Secret that is there already nor in one whose properties are all taken. */}}
{{- $isListed := and (eq $secrets.source "external") $secrets.external.data (not $secrets.external.remoteKey) }}
{{- if or (eq $secrets.source "create") $isListed }}
{{- $given := $isListed | ternary $secrets.external.data $secrets.values }}
{{- range $name := list "api" "api.migration" "worker" "health" "backup" }}
{{- $part := eq $name "api.migration" | ternary $v.api.migration (get $v $name) }}
{{- if (get $v (splitList "." $name | first)).enabled }}
{{- $wanted := $part.secrets }}
{{- if eq $name "backup" }}
{{- $wanted = include "backup.secrets" (dict "Values" (merge (dict "global" $v.global) $part)) | fromYaml }}
{{- end }}
{{- range $setting, $place := $wanted }}
{{- if kindIs "map" $place }}
{{- $isServer := and $dev (not $isListed) (has $setting (list "DATABASE_URL" "REDIS_URL")) }}
{{- if not (or $place.secret $place.optional $isServer (hasKey $given ($place.key | default $setting))) }}
{{ $name }}.secrets.{{ $setting }}: global.secrets.{{ $isListed | ternary "external.data" "values" }} has no {{ $place.key | default $setting }}; allowed: a value there, another secret, or null
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if $dev }}
{{- range $name := list "postgresql" "redis" }}
{{- include "martlet.resourceProblems" (dict "place" (printf "global.devServers.%s.resources" $name) "resources" (get $v.global.devServers $name).resources) }}
{{- end }}
{{- end }}
{{- if $v.api.enabled }}
{{- include "martlet.resourceProblems" (dict "place" "api.migration.resources" "resources" $v.api.migration.resources) }}
{{- if and $dev (has $v.api.migration.mode (list "hook" "argocd")) }}
api.migration.mode: {{ $v.api.migration.mode }} runs before global.devServers are there; allowed: start or off
{{- end }}
{{- if and $v.api.migration.secrets (not (has $v.api.migration.mode (list "hook" "argocd"))) }}
api.migration.secrets: no Job migrates with the mode {{ $v.api.migration.mode }}; allowed: none, or api.migration.mode hook or argocd
{{- end }}
{{- if and (not $v.global.istio.enabled) (or $v.api.istio.hosts $v.api.istio.gateways) }}
api.istio: hosts and gateways are of no use without a mesh; allowed: none, or global.istio.enabled
{{- end }}
{{- if and $v.global.istio.enabled $v.api.istio.gateways (not $v.api.istio.hosts) }}
api.istio.gateways: nothing says for which hosts; allowed: none, or with api.istio.hosts
{{- end }}
{{- if $v.api.rollout.enabled }}
{{- range $v.api.rollout.steps }}
{{- if and (pick . "setHeaderRoute" "setMirrorRoute" "setCanaryScale") (not (include "martlet.hasSidecars" $)) }}
api.rollout.steps: {{ keys . | first }} needs a mesh; allowed: setWeight, pause and others, or global.istio.enabled with the mode sidecar
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if and $v.worker.enabled $v.health.enabled }}
{{- /* Whoever of them leads keeps the house for all. */}}
{{- range $setting, $default := dict "MARTLET_RETENTION_DAYS" "14" "MARTLET_MAX_LOSSES" "5" }}
{{- $said := get $v.worker.settings $setting | default $default | toString }}
{{- if ne $said (get $v.health.settings $setting | default $default | toString) }}
health.settings.{{ $setting }}: is not what workers have, and either may do that work; allowed: {{ $said }}
{{- end }}
{{- end }}
{{- end }}
{{- if and $v.health.enabled (not $v.health.existingChecks) }}
{{- $checks := list }}
{{- range include "martlet.checks" . | fromYamlArray }}
{{- $checks = append $checks .id }}
{{- end }}
{{- range $key := list "checks" "groups" }}
{{- $taken := eq $key "checks" | ternary $checks (list "stores" "services" "backups") }}
{{- range $index, $item := get $v.health $key }}
{{- if has .id $taken }}
health.{{ $key }}[{{ $index }}].id: {{ .id }} is there before; allowed: other names than {{ join ", " $taken }}
{{- end }}
{{- $taken = append $taken .id }}
{{- end }}
{{- if eq $key "checks" }}
{{- $checks = $taken }}
{{- end }}
{{- end }}
{{- range include "martlet.objectives" . | fromYamlArray }}
{{- $id := .id }}
{{- range (.availability | default .latency | default dict).checks }}
{{- if not (has . $checks) }}
health.slos: {{ $id }} is about {{ . }}, which is no check; allowed: {{ join ", " $checks }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if and $v.health.enabled $v.health.existingChecks }}
{{- range $key := list "checks" "groups" "receivers" "routes" "onCall" "maintenance" }}
{{- if get $v.health $key }}
health.{{ $key }}: health.existingChecks is in place of them; allowed: none, or no existingChecks
{{- end }}
{{- end }}
{{- end }}
{{- with $v.backup }}
{{- if .enabled }}
{{- $isJob := eq .runBy "cronjob" }}
{{- range $verb, $run := .runs }}
{{- $place := printf "backup.runs.%s" $verb }}
{{- include "martlet.cronProblems" (dict "place" (printf "%s.schedule" $place) "schedule" $run.schedule "isJob" $isJob) }}
{{- include "martlet.resourceProblems" (dict "place" (printf "%s.resources" $place) "resources" ($run.resources | default dict)) }}
{{- if not $isJob }}
{{- range $key := list "args" "backoffLimit" "resources" "startingDeadlineSeconds" }}
{{- if hasKey $run $key }}
{{ $place }}.{{ $key }}: is for Jobs, and the service does the runs; allowed: none, or backup.runBy cronjob
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .serve.enabled .serve.receive (eq .method "logical") }}
backup.serve.receive: the log is of no use to logical backups; allowed: false, or backup.method physical
{{- end }}
{{- if and (eq .runBy "serve") (not .serve.enabled) }}
backup.runBy: serve does nothing while backup.serve.enabled is false; allowed: cronjob, or backup.serve.enabled
{{- end }}
{{- if and (eq .runBy "serve") .runs.export.schedule }}
backup.runs.export.schedule: the service makes exports after backups, not by themselves; allowed: "", or backup.runBy cronjob
{{- end }}
{{- if and .runs.export.schedule (not (kindIs "map" (get .secrets "MARTLET_BACKUP_SIGNING_KEY"))) }}
backup.runs.export.schedule: nothing signs exports; allowed: "", or MARTLET_BACKUP_SIGNING_KEY among backup.secrets
{{- end }}
{{- $ring := get .secrets "MARTLET_BACKUP_KEYS" }}
{{- if not (or .kms.keys (kindIs "map" $ring) (eq (get .settings "MARTLET_BACKUP_ENCRYPTION" | default "") "none")) }}
backup.secrets: nothing encrypts backups; allowed: MARTLET_BACKUP_KEYS, backup.kms.keys, or backup.settings.MARTLET_BACKUP_ENCRYPTION none
{{- end }}
{{- $hasFolder := false }}
{{- range .stores }}
{{- if hasPrefix "file://" . }}
{{- $hasFolder = true }}
{{- $path := . | trimPrefix "file://" | splitList "?" | first }}
{{- $below := hasPrefix (printf "%s/" (trimSuffix "/" $v.backup.folder.path)) (printf "%s/" $path) }}
{{- if not (and $v.backup.folder.enabled $below (not (contains "/../" (printf "%s/" $path)))) }}
backup.stores: {{ . }} is on no volume; allowed: a path below backup.folder.path, with backup.folder.enabled
{{- end }}
{{- end }}
{{- end }}
{{- $way := .networkPolicy }}
{{- range .stores }}
{{- with regexFind "[?&]endpoint=https?://[^&/]+" . }}
{{- $port := regexReplaceAll "^[?&]endpoint=" . "" | include "martlet.portOf" }}
{{- if and $v.global.networkPolicy.enabled (not $way.extraEgress) (not (and $way.store.enabled (has $port (toStrings $way.store.ports)))) }}
backup.networkPolicy.store.ports: a store listens on {{ $port }}, which is closed; allowed: with {{ $port }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .folder.enabled (not $hasFolder) }}
backup.folder: no store is in it; allowed: false, or file://{{ .folder.path }} among backup.stores
{{- end }}
{{- if and .folder.enabled (not .folder.existingClaim) (eq .runBy "cronjob") .serve.enabled (not (has "ReadWriteMany" .folder.accessModes)) }}
backup.folder.accessModes: runs may be on another node than the service; allowed: ReadWriteMany, or backup.runBy serve
{{- end }}
{{- if and $v.global.heartbeats.enabled (not $v.health.enabled) }}
global.heartbeats.enabled: nobody hears them without aggregators; allowed: false, or health.enabled
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
