{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: who decides the number of replicas: `replicas`, a HorizontalPodAutoscaler or KEDA. One value names one of them, so never two do.
*/ -}}

{{- define "martlet.autoscaler" -}}
{{- if eq .Values.autoscaling.kind "hpa" -}}
{{- include "martlet.hpa" . -}}
{{- else if eq .Values.autoscaling.kind "keda" -}}
{{- include "martlet.scaledObject" . -}}
{{- end -}}
{{- end -}}

{{- define "martlet.hpa" -}}
{{- $values := .Values.autoscaling -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "martlet.metadata" (dict "scope" .) | nindent 2 }}
spec:
  scaleTargetRef:
    {{- include "martlet.scaleTarget" . | nindent 4 }}
  minReplicas: {{ $values.minReplicas }}
  maxReplicas: {{ $values.maxReplicas }}
  metrics:
    {{- range $resource := list "cpu" "memory" }}
    {{- with get $values (printf "%sUtilization" $resource) }}
    - type: Resource
      resource:
        name: {{ $resource }}
        target: {type: Utilization, averageUtilization: {{ . }}}
    {{- end }}
    {{- end }}
    {{- with $values.queueAge }}
    {{- if .targetSeconds }}
    - type: External
      external:
        metric:
          {{- include "martlet.queueMetric" (dict "name" "martlet:queue_oldest_available_seconds" "queues" $values.queues) | nindent 10 }}
        target: {type: Value, value: {{ .targetSeconds | quote }}}
    {{- end }}
    {{- end }}
    {{- with $values.queueDepth }}
    {{- if .targetJobs }}
    - type: External
      external:
        metric:
          {{- include "martlet.queueMetric" (dict "name" "martlet:queue_jobs" "queues" $values.queues "state" "available") | nindent 10 }}
        target: {type: AverageValue, averageValue: {{ .targetJobs | quote }}}
    {{- end }}
    {{- end }}
    {{- with $values.extraMetrics }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  behavior:
    {{- toYaml $values.behavior | nindent 4 }}
{{- end -}}

{{- /* A series of the recording rules, as prometheus-adapter serves it: {name, queues, state?}. */ -}}
{{- define "martlet.queueMetric" -}}
name: {{ .name | replace ":" "_" }}
selector:
  {{- with .state }}
  matchLabels: {state: {{ . }}}
  {{- end }}
  matchExpressions:
    {{- if .queues }}
    - {key: queue, operator: In, values: {{ toJson .queues }}}
    {{- else }}
    # Queues of the aggregators' own workers.
    - {key: queue, operator: NotIn, values: [martlet.health, martlet.health.subscribers, martlet.health.webhooks]}
    {{- end }}
{{- end -}}

{{- define "martlet.scaledObject" -}}
{{- $values := .Values.autoscaling -}}
{{- $queues := printf "queue=~%q" (join "|" $values.queues | replace "." "[.]") -}}
{{- if not $values.queues -}}{{- $queues = "queue!~\"martlet[.].*\"" -}}{{- end -}}
{{- /* Of this installation alone; all replicas show the same counts of the ledger. */ -}}
{{- $own := printf "namespace=%q,%s" .Release.Namespace $queues -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "martlet.metadata" (dict "scope" .) | nindent 2 }}
spec:
  scaleTargetRef:
    {{- include "martlet.scaleTarget" . | nindent 4 }}
  minReplicaCount: {{ $values.minReplicas }}
  maxReplicaCount: {{ $values.maxReplicas }}
  pollingInterval: {{ $values.keda.pollingSeconds }}
  cooldownPeriod: {{ $values.keda.cooldownSeconds }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        {{- toYaml $values.behavior | nindent 8 }}
  triggers:
    {{- range $resource := list "cpu" "memory" }}
    {{- with get $values (printf "%sUtilization" $resource) }}
    - type: {{ $resource }}
      metricType: Utilization
      metadata:
        value: {{ . | quote }}
    {{- end }}
    {{- end }}
    {{- with $values.queueAge }}
    {{- if .targetSeconds }}
    - type: prometheus
      name: queue-age
      # The ratio to the target multiplies the replicas that there are: an age says how wrong their number is, not what it should be.
      metricType: Value
      metadata:
        serverAddress: {{ $values.keda.prometheus }}
        query: max(martlet_queue_oldest_available_seconds{ {{- $own -}} })
        threshold: {{ .targetSeconds | quote }}
    {{- end }}
    {{- end }}
    {{- with $values.queueDepth }}
    {{- if .targetJobs }}
    - type: prometheus
      name: queue-depth
      metricType: AverageValue
      metadata:
        serverAddress: {{ $values.keda.prometheus }}
        query: sum(max by (queue) (martlet_queue_jobs{state="available",{{ $own }}}))
        threshold: {{ .targetJobs | quote }}
    {{- end }}
    {{- end }}
    {{- with $values.extraTriggers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{- /* Recommends requests, or sets them. */ -}}
{{- define "martlet.verticalAutoscaler" -}}
{{- if .Values.verticalAutoscaling.enabled -}}
apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata:
  {{- include "martlet.metadata" (dict "scope" .) | nindent 2 }}
spec:
  targetRef:
    {{- include "martlet.scaleTarget" . | nindent 4 }}
  updatePolicy:
    updateMode: {{ .Values.verticalAutoscaling.updateMode | quote }}
  resourcePolicy:
    containerPolicies:
      - containerName: {{ include "martlet.component" . }}
        controlledResources: {{ toJson .Values.verticalAutoscaling.controlledResources }}
        {{- with .Values.verticalAutoscaling.minAllowed }}
        minAllowed: {{ toJson . }}
        {{- end }}
        {{- with .Values.verticalAutoscaling.maxAllowed }}
        maxAllowed: {{ toJson . }}
        {{- end }}
{{- end -}}
{{- end -}}
