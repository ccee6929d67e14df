{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: a canary by Argo Rollouts: a few requests first, more while Prometheus finds no fault.
*/ -}}

{{- define "martlet.canary" -}}
{{- $rollout := .Values.rollout -}}
canary:
  stableService: {{ include "martlet.fullname" . }}
  canaryService: {{ include "martlet.fullname" . }}-canary
  {{- toYaml .Values.rollingUpdate | nindent 2 }}
  {{- if include "martlet.hasSidecars" . }}
  trafficRouting:
    istio:
      virtualService:
        name: {{ include "martlet.fullname" . }}
        routes: [primary]
    {{- $managed := list }}
    {{- range $rollout.steps }}
    {{- range pick . "setHeaderRoute" "setMirrorRoute" | values }}
    {{- $managed = append $managed .name }}
    {{- end }}
    {{- end }}
    {{- with $managed | uniq }}
    # Those that steps make; Argo takes none that is not here.
    managedRoutes:
      {{- range . }}
      - name: {{ . | quote }}
      {{- end }}
    {{- end }}
  {{- end }}
  analysis:
    startingStep: 1
    templates:
      - templateName: {{ include "martlet.fullname" . }}
    args:
      - name: canary-hash
        valueFrom: {podTemplateHashValue: Latest}
  steps:
    {{- toYaml $rollout.steps | nindent 4 }}
{{- end -}}

{{- define "martlet.analysisTemplate" -}}
{{- $analysis := .Values.rollout.analysis -}}
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  {{- include "martlet.metadata" (dict "scope" .) | nindent 2 }}
spec:
  args:
    - name: canary-hash
  metrics:
    {{- $all := printf "martlet_http_requests_total{job=%q,namespace=%q,route=~%q" "martlet-api" .Release.Namespace "/v1/.*" }}
    {{- $series := printf "%s,rollouts_pod_template_hash=%q" $all "{{args.canary-hash}}" }}
    # What the canary's own pods answer; without requests there is nothing to hold against them.
    - name: canary-errors
      interval: {{ $analysis.interval }}
      failureLimit: {{ $analysis.failureLimit }}
      successCondition: result[0] <= {{ $analysis.maximumErrorRatio }}
      provider:
        prometheus:
          address: {{ $analysis.prometheus }}
          query: |
            (
              sum(rate({{ $series }},status="5xx"}[2m]))
              / (sum(rate({{ $series }}}[2m])) > 0)
            ) or vector(0)
    # What clients get, of whichever version: as the recording rule of the service level objective has it, in this namespace.
    - name: errors
      interval: {{ $analysis.interval }}
      failureLimit: {{ $analysis.failureLimit }}
      successCondition: result[0] <= {{ $analysis.maximumErrorRatio }}
      provider:
        prometheus:
          address: {{ $analysis.prometheus }}
          query: |
            (
              sum(increase({{ $all }},status="5xx"}[5m]))
              / (sum(increase({{ $all }}}[5m])) > 0)
            ) or vector(0)
{{- end -}}
