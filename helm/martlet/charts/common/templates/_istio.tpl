{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: the API in a mesh of Istio, for those who have one.
*/ -}}

{{- define "martlet.virtualService" -}}
{{- $istio := .Values.global.istio -}}
{{- $rollout := .Values.rollout | default (dict "enabled" false) -}}
{{- $name := include "martlet.fullname" . -}}
{{- if and $istio.enabled (or .Values.istio.hosts $rollout.enabled) -}}
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  {{- include "martlet.metadata" (dict "scope" .) | nindent 2 }}
spec:
  hosts: {{ toJson (prepend .Values.istio.hosts $name) }}
  {{- with .Values.istio.gateways }}
  gateways: {{ toJson (append . "mesh") }}
  {{- end }}
  http:
    - name: primary
      # A request is repeated only where it surely was not taken: a second attempt of another kind could make a second job.
      retries:
        attempts: {{ .Values.istio.retries }}
        retryOn: connect-failure,refused-stream
      # Long polls wait for up to a minute.
      timeout: {{ .Values.istio.timeout }}
      route:
        - destination: {host: {{ $name }}, port: {number: {{ include "martlet.port" . }}}}
          weight: 100
        {{- if $rollout.enabled }}
        - destination: {host: {{ $name }}-canary, port: {number: {{ include "martlet.port" . }}}}
          weight: 0
        {{- end }}
{{- end -}}
{{- end -}}

{{- define "martlet.destinationRules" -}}
{{- $name := include "martlet.fullname" . -}}
{{- $hosts := list $name -}}
{{- if (.Values.rollout | default (dict "enabled" false)).enabled -}}
{{- $hosts = append $hosts (printf "%s-canary" $name) -}}
{{- end -}}
{{- if .Values.global.istio.enabled -}}
{{- range $hosts }}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  {{- include "martlet.metadata" (dict "scope" $ "name" .) | nindent 2 }}
spec:
  host: {{ . }}
  trafficPolicy:
    {{- toYaml $.Values.istio.trafficPolicy | nindent 4 }}
{{- end }}
{{- end -}}
{{- end -}}
