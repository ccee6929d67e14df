{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: labels. What selects pods never changes in a release's life; the rest may.
*/ -}}

{{- /* The name is also Prometheus' `job`, by which rules and dashboards find a program; so no override changes it. */ -}}
{{- define "martlet.selectorLabels" -}}
app.kubernetes.io/name: martlet-{{ include "martlet.component" . }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- /* All pods of a release. */ -}}
{{- define "martlet.releaseLabels" -}}
app.kubernetes.io/part-of: martlet
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "martlet.podLabels" -}}
{{ include "martlet.selectorLabels" . }}
app.kubernetes.io/component: {{ include "martlet.component" . }}
app.kubernetes.io/part-of: martlet
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.global.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "martlet.labels" -}}
{{ include "martlet.podLabels" . }}
helm.sh/chart: {{ printf "martlet-%s" .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- /* The metadata of an object: {scope, name?, labels?, annotations?}. */ -}}
{{- define "martlet.metadata" -}}
name: {{ .name | default (include "martlet.fullname" .scope) | quote }}
namespace: {{ .scope.Release.Namespace | quote }}
labels:
  {{- merge (dict) (.labels | default dict) (include "martlet.labels" .scope | fromYaml) | toYaml | nindent 2 }}
{{- $annotations := merge (dict) (.annotations | default dict) .scope.Values.global.annotations }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
