{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: how many replicas may be moved at once. With a single replica a budget would only block the drain of its node.
*/ -}}

{{- define "martlet.disruptionBudget" -}}
{{- $autoscaling := .Values.autoscaling | default (dict "kind" "none") -}}
{{- $least := eq $autoscaling.kind "none" | ternary .Values.replicas $autoscaling.minReplicas -}}
{{- if and .Values.disruptionBudget.enabled (gt (int $least) 1) -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "martlet.metadata" (dict "scope" .) | nindent 2 }}
spec:
  maxUnavailable: {{ .Values.disruptionBudget.maxUnavailable }}
  # A pod that is not ready protects nobody, and must not keep a node from being drained.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "martlet.selectorLabels" . | nindent 6 }}
{{- end -}}
{{- end -}}
