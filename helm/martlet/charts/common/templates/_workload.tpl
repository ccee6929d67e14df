{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: the Deployment of a program that serves, or the Argo Rollout in its place.
*/ -}}

{{- define "martlet.workload" -}}
{{- $rollout := .Values.rollout | default (dict "enabled" false) -}}
{{- $autoscaling := .Values.autoscaling | default (dict "kind" "none") -}}
apiVersion: {{ $rollout.enabled | ternary "argoproj.io/v1alpha1" "apps/v1" }}
kind: {{ $rollout.enabled | ternary "Rollout" "Deployment" }}
metadata:
  {{- include "martlet.metadata" (dict "scope" .) | nindent 2 }}
spec:
  {{- if eq $autoscaling.kind "none" }}
  replicas: {{ .replicas | default .Values.replicas }}
  {{- end }}
  revisionHistoryLimit: {{ .Values.global.revisionHistoryLimit }}
  strategy:
    {{- if $rollout.enabled }}
    {{- include "martlet.canary" . | nindent 4 }}
    {{- else if .recreate }}
    type: Recreate
    {{- else }}
    type: RollingUpdate
    rollingUpdate:
      {{- toYaml .Values.rollingUpdate | nindent 6 }}
    {{- end }}
  selector:
    matchLabels:
      {{- include "martlet.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      {{- include "martlet.podMetadata" . | nindent 6 }}
    spec:
      {{- include "martlet.podSpec" . | nindent 6 }}
      {{- include "martlet.spread" . | nindent 6 }}
      terminationGracePeriodSeconds: {{ include "martlet.gracePeriod" . }}
      containers:
        - {{ include "martlet.container" . | nindent 10 | trim }}
          {{- with .args }}
          args: {{ toJson . }}
          {{- end }}
          ports:
            - {name: http, containerPort: {{ include "martlet.port" . }}, protocol: TCP}
          {{- include "martlet.probes" . | trim | nindent 10 }}
          {{- with .Values.drain.preStopSeconds }}
          {{- /* The image has no shell to sleep in; the kubelet can since 1.30. */}}
          {{- if semverCompare ">=1.30.0-0" $.Capabilities.KubeVersion.Version }}
          lifecycle:
            preStop:
              sleep:
                seconds: {{ . }}
          {{- end }}
          {{- end }}
      volumes:
        {{- include "martlet.volumes" . | nindent 8 }}
{{- end -}}

{{- /* What autoscalers point at. */ -}}
{{- define "martlet.scaleTarget" -}}
{{- $rollout := .Values.rollout | default (dict "enabled" false) -}}
apiVersion: {{ $rollout.enabled | ternary "argoproj.io/v1alpha1" "apps/v1" }}
kind: {{ $rollout.enabled | ternary "Rollout" "Deployment" }}
name: {{ include "martlet.fullname" . }}
{{- end -}}
