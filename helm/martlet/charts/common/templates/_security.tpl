{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: what containers may do: Kubernetes' level `restricted`, and a file system that can't be written.
*/ -}}

{{- define "martlet.podSecurityContext" -}}
{{- include "martlet.podSecurityContextOf" .Values.global.security.user -}}
{{- end -}}

{{- /* Of a user, whose group has the same number. */ -}}
{{- define "martlet.podSecurityContextOf" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "martlet.containerSecurityContext" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}
