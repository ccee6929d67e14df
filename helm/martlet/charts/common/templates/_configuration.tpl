{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: settings. A ConfigMap holds those of a component by the names that its program reads (docs/configuration.md).
*/ -}}

{{- /* Seconds that a pod gets between SIGTERM and SIGKILL: all that the program may take, and a little. */ -}}
{{- define "martlet.gracePeriod" -}}
{{- $drain := .Values.drain -}}
{{- add $drain.preStopSeconds $drain.shutdownSeconds $drain.cancellationSeconds 5 -}}
{{- end -}}

{{- /* Settings that follow from other values. */ -}}
{{- define "martlet.derivedSettings" -}}
APP_PORT: {{ include "martlet.port" . | quote }}
MARTLET_DRAIN_DELAY: {{ printf "%ds" (int .Values.drain.delaySeconds) }}
MARTLET_SHUTDOWN_TIMEOUT: {{ printf "%ds" (int .Values.drain.shutdownSeconds) }}
MARTLET_CANCELLATION_TIMEOUT: {{ printf "%ds" (int .Values.drain.cancellationSeconds) }}
{{- if eq .Values.global.ipFamily "IPv6" }}
MARTLET_BIND: "::"
{{- end }}
{{- end -}}

{{- /* All settings of a component: those of all programs, its own, what follows from other values. `settings` in the scope adds more. */ -}}
{{- define "martlet.settings" -}}
{{- $derived := include "martlet.derivedSettings" . | fromYaml -}}
{{- $all := mergeOverwrite (dict) .Values.global.settings .Values.settings $derived (.settings | default dict) -}}
{{- range $name, $value := $all }}
{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end -}}

{{- define "martlet.configMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "martlet.metadata" (dict "scope" .) | nindent 2 }}
data:
  {{- include "martlet.settings" . | trim | nindent 2 }}
{{- end -}}
