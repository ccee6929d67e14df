{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: pods in a mesh of Istio, for those who have one, and how the API is reached there.
*/ -}}

{{- /* Whether each pod has a proxy of its own. In ambient mode that of its node does the work: it knows no paths, and gives no weights. */ -}}
{{- define "martlet.hasSidecars" -}}
{{- if and .Values.global.istio.enabled (eq .Values.global.istio.mode "sidecar") -}}yes{{- end -}}
{{- end -}}

{{- /* A sidecar that starts before the program and ends after it: jobs come to an end, and what is drained keeps its connections. */ -}}
{{- define "martlet.sidecarAnnotations" -}}
{{- if include "martlet.hasSidecars" . -}}
sidecar.istio.io/nativeSidecar: "true"
{{- end -}}
{{- end -}}

{{- define "martlet.isAmbient" -}}
{{- if and .Values.global.istio.enabled (eq .Values.global.istio.mode "ambient") -}}yes{{- end -}}
{{- end -}}

{{- define "martlet.virtualService" -}}
{{- $istio := .Values.global.istio -}}
{{- $rollout := .Values.rollout | default (dict "enabled" false) -}}
{{- $isDivided := and $rollout.enabled (include "martlet.hasSidecars" .) -}}
{{- $name := include "martlet.fullname" . -}}
{{- if and $istio.enabled (or .Values.istio.hosts $isDivided) -}}
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
        {{- if $isDivided }}
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
    {{- /* Without sidecars the node's proxy, and a gateway, choose by themselves how they are trusted. */}}
    {{- toYaml (include "martlet.isAmbient" $ | empty | ternary $.Values.istio.trafficPolicy (omit $.Values.istio.trafficPolicy "tls")) | nindent 4 }}
{{- end }}
{{- end -}}
{{- end -}}
