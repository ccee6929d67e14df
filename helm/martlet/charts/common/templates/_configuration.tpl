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

{{- /* A setting as a program reads it: numbers of values are fractions to Helm, which would write a million as 1e+06. */ -}}
{{- define "martlet.settingText" -}}
{{- kindIs "float64" . | ternary (toJson .) (toString .) -}}
{{- end -}}

{{- /* All settings of a component: those of all programs, its own, what follows from other values. `settings` in the scope adds more. */ -}}
{{- define "martlet.settings" -}}
{{- $derived := include "martlet.derivedSettings" . | fromYaml -}}
{{- $global := .Values.global.settings -}}
{{- if eq .Chart.Name "backup" -}}
{{- /* What is said to all, and backups don't know: they have neither traces nor a bus. */ -}}
{{- range regexFindAll "(OTEL|MARTLET_(TRACE|REDIS|BUS|RELAY))_[A-Z_]+" (keys $global | join " ") -1 -}}
{{- $global = omit $global . -}}
{{- end -}}
{{- end -}}
{{- $all := mergeOverwrite (dict) $global .Values.settings $derived (.settings | default dict) -}}
{{- range $name, $value := $all }}
{{ $name }}: {{ include "martlet.settingText" $value | quote }}
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
