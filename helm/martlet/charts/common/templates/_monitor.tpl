{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: what Prometheus' operator scrapes. `jobLabel` makes the job martlet-api and so on, as rules and dashboards expect.
*/ -}}

{{- /* {scope, service?: the component of the Service that counts, where there are several; authorization?}. */ -}}
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
    matchNames: [{{ $scope.Release.Namespace | quote }}]
  selector:
    matchLabels:
      {{- include "martlet.selectorLabels" $scope | nindent 6 }}
    {{- if eq $monitor.kind "service" }}
      app.kubernetes.io/component: {{ .service | default (include "martlet.component" $scope) }}
    {{- end }}
  {{- if ($scope.Values.rollout | default (dict "enabled" false)).enabled }}
  # By which the analysis tells a canary's pods from the others.
  podTargetLabels: [rollouts-pod-template-hash]
  {{- end }}
  {{ eq $monitor.kind "service" | ternary "endpoints" "podMetricsEndpoints" }}:
    - port: http
      path: /metrics
      # martlet_build_info says which program it is by a label `service`, which would give way to the Service's name.
      honorLabels: true
      interval: {{ $monitor.interval }}
      scrapeTimeout: {{ $monitor.scrapeTimeout }}
      {{- with .authorization }}
      {{- if .secret }}
      authorization:
        credentials: {name: {{ .secret | quote }}, key: {{ .key | quote }}}
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
