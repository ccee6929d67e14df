{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: the probes of a program that serves.

Liveness depends on nothing outside of the process. Start-up waits for the database: with patience, for a restart would not bring it back.
*/ -}}

{{- define "martlet.probes" -}}
{{- range $name, $path := dict "startup" "/health/startup" "liveness" "/health/live" "readiness" "/health/ready" }}
{{ $name }}Probe:
  httpGet:
    path: {{ $path }}
    port: http
  {{- toYaml (get $.Values.probes $name) | nindent 2 }}
{{- end }}
{{- end -}}
