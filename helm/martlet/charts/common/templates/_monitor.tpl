{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: what Prometheus' operator scrapes. `jobLabel` makes the job martlet-api and so on, as rules and dashboards expect.
*/ -}}

{{- /* {scope, services?: components whose Services count, authorization?}. */ -}}
{{- define "martlet.monitor" -}}
{{- $scope := .scope -}}
{{- $monitor := $scope.Values.global.monitoring.monitor -}}
{{- if ne $monitor.kind "none" -}}
apiVersion: monitoring.coreos.com/v1
kind: {{ eq $monitor.kind "service" | ternary "ServiceMonitor" "PodMonitor" }}
metadata:
  {{- include "martlet.metadata" (dict "scope" $scope "labels" $monitor.labels) | nindent 2 }}
spec:
  jobLabel: app.kubernetes.io/name
  namespaceSelector:
    matchNames: [{{ $scope.Release.Namespace }}]
  selector:
    matchLabels:
      {{- include "martlet.selectorLabels" $scope | nindent 6 }}
    {{- if eq $monitor.kind "service" }}
    matchExpressions:
      # Not the Services for discovery: each pod would be scraped twice.
      - {key: app.kubernetes.io/component, operator: In, values: {{ toJson (.services | default (list (include "martlet.component" $scope))) }}}
    {{- end }}
  {{ eq $monitor.kind "service" | ternary "endpoints" "podMetricsEndpoints" }}:
    - port: http
      path: /metrics
      interval: {{ $monitor.interval }}
      scrapeTimeout: {{ $monitor.scrapeTimeout }}
      {{- with .authorization }}
      {{- if .secret }}
      authorization:
        credentials: {name: {{ .secret }}, key: {{ .key }}}
      {{- end }}
      {{- end }}
      {{- with $monitor.relabelings }}
      relabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $monitor.metricRelabelings }}
      metricRelabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}
{{- end -}}
