{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: where pods run: a component's own `pod` values over those of all components.
*/ -}}

{{- define "martlet.podValues" -}}
{{- mergeOverwrite (deepCopy .Values.global.pod) .Values.pod | toYaml -}}
{{- end -}}

{{- /* Replicas keep away from each other's nodes and zones where they can, and run together where they must. */ -}}
{{- define "martlet.spread" -}}
{{- $pod := include "martlet.podValues" . | fromYaml -}}
affinity:
  {{- with $pod.affinity }}
  {{- toYaml . | nindent 2 }}
  {{- else }}
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "martlet.selectorLabels" $ | nindent 14 }}
  {{- end }}
topologySpreadConstraints:
  {{- with $pod.topologySpreadConstraints }}
  {{- toYaml . | nindent 2 }}
  {{- else }}
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "martlet.selectorLabels" $ | nindent 8 }}
  {{- end }}
{{- end -}}
