{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: checks of the release's own parts, and the objectives.
*/ -}}

{{- /* The objectives without those whose checks are all of parts that are switched off: the API's objective goes with the API. */ -}}
{{- define "martlet.objectives" -}}
{{- $off := list "api" "worker" }}
{{- range concat (include "martlet.checks" . | fromYamlArray) .Values.health.checks }}
{{- $off = without $off .id }}
{{- end }}
{{- $objectives := list }}
{{- range .Values.health.slos }}
{{- $checks := (.availability | default .latency | default dict).checks | default list }}
{{- $left := $checks }}
{{- range $off }}
{{- $left = without $left . }}
{{- end }}
{{- if or $left (not $checks) }}
{{- $objectives = append $objectives . }}
{{- end }}
{{- end }}
{{- toYaml $objectives }}
{{- end -}}

{{- define "martlet.checks" -}}
- id: postgres
  name: PostgreSQL
  description: The ledger, where every job is recorded
  group: stores
  postgres: {url: "${DATABASE_URL}"}
- id: redis
  name: Redis
  description: The bus, which carries work to the workers
  group: stores
  redis: {url: "${REDIS_URL}"}
{{- if .Values.api.enabled }}
- id: api
  name: API
  description: Takes jobs over HTTP
  group: services
  martlet: {url: {{ include "martlet.instancesURL" (dict "scope" . "component" "api-instances") }}, discover: dns}
  depends_on: [postgres, redis]
{{- end }}
{{- if .Values.worker.enabled }}
- id: worker
  name: Workers
  description: Run jobs
  group: services
  martlet: {url: {{ include "martlet.instancesURL" (dict "scope" . "component" "worker") }}, discover: dns}
  depends_on: [postgres, redis]
{{- end }}
{{- with .Values.backup }}
{{- if and .enabled .serve.enabled }}
- id: backup-service
  name: Backup service
  description: Receives the log, and shows what backups there are
  group: backups
  martlet: {url: {{ include "martlet.url" (dict "scope" $ "component" "backup") }}}
  depends_on: [postgres]
{{- end }}
{{- if and .enabled $.Values.global.heartbeats.enabled }}
{{- range $verb, $run := .runs }}
{{- if $run.schedule }}
- id: {{ $verb }}
  name: {{ get (dict "backup" "Backup" "drill" "Restore drill" "verify" "Check of backups" "prune" "Pruning of backups" "export" "Export of the configuration") $verb }}
  public: {{ has $verb (list "backup" "drill") }}
  group: backups
  heartbeat:
    every: {{ quote $run.schedule }}
    grace: {{ printf "%ds" (add 3600 $run.deadlineSeconds) }}
    token: ${MARTLET_BACKUP_HEARTBEAT_TOKEN}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
