{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: which image a container runs. A digest wins over a tag.
*/ -}}

{{- define "martlet.image" -}}
{{- $image := .Values.image -}}
{{- $repository := $image.repository | default (printf "%s/martlet-%s" .Values.global.image.registry .Chart.Name) -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository ($image.tag | default .Values.global.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}
