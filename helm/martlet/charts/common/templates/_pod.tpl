{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: pods: what those of services and those of jobs have in common.
*/ -}}

{{- define "martlet.podMetadata" -}}
{{- $pod := include "martlet.podValues" . | fromYaml -}}
labels:
  {{- merge (dict) ($pod.labels | default dict) (include "martlet.podLabels" . | fromYaml) | toYaml | nindent 2 }}
annotations:
  {{- $sums := include "martlet.checksums" . | fromYaml }}
  {{- merge (dict) $sums ($pod.annotations | default dict) (include "martlet.sidecarAnnotations" . | fromYaml) | toYaml | nindent 2 }}
{{- end -}}

{{- /* Programs read settings at their start, so new ones need new pods. */ -}}
{{- define "martlet.checksums" -}}
checksum/settings: {{ include "martlet.settings" . | sha256sum }}
{{- if eq .Values.global.secrets.source "create" }}
checksum/secrets: {{ include "martlet.secretValues" . | sha256sum }}
{{- end }}
{{- end -}}

{{- define "martlet.podSpec" -}}
{{- $pod := include "martlet.podValues" . | fromYaml -}}
serviceAccountName: {{ include "martlet.serviceAccountName" . | quote }}
automountServiceAccountToken: false
# Else each Service of the namespace named martlet-… becomes variables MARTLET_…, which programs refuse as misspelt settings.
enableServiceLinks: false
securityContext:
  {{- include "martlet.podSecurityContext" . | nindent 2 }}
{{- with .Values.global.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- with $pod.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with $pod.runtimeClassName }}
runtimeClassName: {{ . | quote }}
{{- end }}
{{- with $pod.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $pod.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* A container without what depends on its purpose: arguments, ports, probes. `env` and `mounts` in the scope add more. */ -}}
{{- define "martlet.container" -}}
name: {{ include "martlet.component" . }}
image: {{ include "martlet.image" . | quote }}
imagePullPolicy: {{ .Values.global.image.pullPolicy }}
securityContext:
  {{- include "martlet.containerSecurityContext" . | nindent 2 }}
{{- if not .isHook }}
envFrom:
  - configMapRef:
      name: {{ include "martlet.shared" . | quote }}
{{- end }}
env:
  {{- include "martlet.secretEnv" . | trim | nindent 2 }}
  {{- /* What is there twice Kubernetes refuses, so the operator's own takes the chart's place: later variables may refer to it. */}}
  {{- $given := dict }}
  {{- range .Values.extraEnv }}
  {{- $_ := set $given .name . }}
  {{- end }}
  {{- $taken := list }}
  {{- range .env }}
  {{- $taken = append $taken .name }}
  {{- get $given .name | default . | list | toYaml | nindent 2 }}
  {{- end }}
  {{- range .Values.extraEnv }}
  {{- if not (has .name $taken) }}
  {{- list . | toYaml | nindent 2 }}
  {{- end }}
  {{- end }}
resources:
  {{- include "martlet.resources" (.resources | default .Values.resources) | trim | nindent 2 }}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  - {name: secrets, mountPath: {{ include "martlet.secretFolder" . }}, readOnly: true}
  {{- if .Values.global.authorities }}
  - {name: authorities, mountPath: /etc/ssl/martlet, readOnly: true}
  {{- end }}
  {{- with .mounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "martlet.volumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
- {{ include "martlet.secretVolume" . | nindent 2 | trim }}
{{- with .Values.global.authorities }}
- name: authorities
  configMap:
    name: {{ . | quote }}
{{- end }}
{{- with .volumes }}
{{ toYaml . }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
