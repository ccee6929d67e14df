{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: what everything is called.

Templates take the root context, here called a scope. A scope may bear a `component`; without one the chart's own name is it.
*/ -}}

{{- /* What all names of a release begin with: at most 36 characters, so that 16 are left of the 52 that a CronJob may have. */ -}}
{{- define "martlet.base" -}}
{{- $short := .Values.global.nameOverride | default "martlet" -}}
{{- $default := contains $short .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $short) -}}
{{- /* A release may have dots in its name and begin with a digit, a Service may not. */ -}}
{{- $name := .Values.global.fullnameOverride | default $default | replace "." "-" -}}
{{- if regexMatch "^[0-9]" $name -}}{{- $name = printf "martlet-%s" $name -}}{{- end -}}
{{- if gt (len $name) 36 -}}
{{- /* Two long names that begin alike must not become one. */ -}}
{{- printf "%s-%s" ($name | trunc 27 | trimSuffix "-") (sha256sum $name | trunc 8) -}}
{{- else -}}
{{- $name -}}
{{- end -}}
{{- end -}}

{{- define "martlet.component" -}}
{{- .component | default .Chart.Name -}}
{{- end -}}

{{- define "martlet.fullname" -}}
{{- printf "%s-%s" (include "martlet.base" .) (include "martlet.component" .) -}}
{{- end -}}

{{- /* What all pods of a chart share, servers and jobs: its settings and its account. */ -}}
{{- define "martlet.shared" -}}
{{- printf "%s-%s" (include "martlet.base" .) .Chart.Name -}}
{{- end -}}

{{- /* Where a chart's program listens. All parts must know it of each other, so it is global. */ -}}
{{- define "martlet.port" -}}
{{- get .Values.global.ports .Chart.Name -}}
{{- end -}}

{{- /* The address of a part: {scope, component}; from anywhere in the cluster. */ -}}
{{- define "martlet.url" -}}
{{- $port := get .scope.Values.global.ports (splitList "-" .component | first) -}}
{{- printf "http://%s-%s.%s.svc:%d" (include "martlet.base" .scope) .component .scope.Release.Namespace (int $port) -}}
{{- end -}}

{{- /* The address that each instance of a part is found by: {scope, component}. Aggregators ask DNS themselves, without search domains. */ -}}
{{- define "martlet.instancesURL" -}}
{{- $domain := printf ".svc.%s:" .scope.Values.global.clusterDomain -}}
{{- include "martlet.url" . | replace ".svc:" $domain -}}
{{- end -}}
