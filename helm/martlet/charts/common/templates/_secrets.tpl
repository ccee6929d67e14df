{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: secret settings. They come from Secrets as files, and a program finds each by NAME_FILE; none is in its environment.
*/ -}}

{{- define "martlet.secretFolder" -}}/run/secrets/martlet{{- end -}}

{{- /* The Secret that has what no other is named for. A hook runs before the release's own objects exist, so it has a copy. */ -}}
{{- define "martlet.secretName" -}}
{{- $secrets := .Values.global.secrets -}}
{{- if and .isHook (ne $secrets.source "existing") -}}
{{- include "martlet.fullname" . -}}
{{- else -}}
{{- $secrets.name | default (include "martlet.base" .) -}}
{{- end -}}
{{- end -}}

{{- define "martlet.secretVolume" -}}
name: secrets
projected:
  defaultMode: 0440
  sources:
    {{- $scope := . }}
    {{- range $name, $place := .secrets | default .Values.secrets }}
    {{- /* An entry that was set to null is taken back. */}}
    {{- if kindIs "map" $place }}
    - secret:
        name: {{ $place.secret | default (include "martlet.secretName" $scope) | quote }}
        items:
          - {key: {{ $place.key | default $name | quote }}, path: {{ $name }}}
        {{- if $place.optional }}
        optional: true
        {{- end }}
    {{- end }}
    {{- end }}
{{- end -}}

{{- define "martlet.secretEnv" -}}
{{- range $name, $place := .secrets | default .Values.secrets }}
{{- if kindIs "map" $place }}
- name: {{ $name }}_FILE
  value: {{ include "martlet.secretFolder" $ }}/{{ $name }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* What a Secret made by the chart holds; the addresses of the servers for development follow from their values. */ -}}
{{- define "martlet.secretValues" -}}
{{- $values := .Values.global.secrets.values -}}
{{- $dev := .Values.global.devServers -}}
{{- if $dev.enabled -}}
{{- $base := include "martlet.base" . -}}
{{- $values = merge (dict)
  $values
  (dict
    "DATABASE_URL" (printf "postgres://martlet:%s@%s-postgresql:5432/martlet" $dev.postgresql.password $base)
    "REDIS_URL" (printf "redis://:%s@%s-redis:6379" $dev.redis.password $base)) -}}
{{- end -}}
{{- range $name, $value := $values }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end -}}

{{- /* The Secret, or what makes it: {scope, name, annotations?}. Nothing where it exists already. */ -}}
{{- define "martlet.secret" -}}
{{- $secrets := .scope.Values.global.secrets -}}
{{- if eq $secrets.source "create" -}}
apiVersion: v1
kind: Secret
metadata:
  {{- include "martlet.metadata" . | nindent 2 }}
type: Opaque
stringData:
  {{- include "martlet.secretValues" .scope | trim | nindent 2 }}
{{- else if eq $secrets.source "external" -}}
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  {{- include "martlet.metadata" . | nindent 2 }}
spec:
  refreshInterval: {{ $secrets.external.refreshInterval }}
  secretStoreRef:
    kind: {{ $secrets.external.storeKind }}
    name: {{ $secrets.external.store | quote }}
  target:
    name: {{ .name | quote }}
    creationPolicy: Owner
  {{- with $secrets.external.remoteKey }}
  dataFrom:
    - extract:
        key: {{ . | quote }}
  {{- end }}
  {{- with $secrets.external.data }}
  data:
    {{- range $name, $place := . }}
    - secretKey: {{ $name }}
      remoteRef:
        {{- toYaml $place | nindent 8 }}
    {{- end }}
  {{- end }}
{{- end -}}
{{- end -}}
