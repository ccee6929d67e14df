{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: the account of a component. Nothing here talks to Kubernetes' API, so none has a role in the cluster; AWS knows an account by its
annotation (IRSA), or by an association made in AWS (Pod Identity), which needs nothing here.
*/ -}}

{{- define "martlet.serviceAccountName" -}}
{{- $account := .Values.serviceAccount -}}
{{- /* A hook runs before the release's own account exists. */ -}}
{{- if and .isHook $account.create -}}
{{- include "martlet.fullname" . -}}
{{- else if $account.create -}}
{{- $account.name | default (include "martlet.shared" .) -}}
{{- else -}}
{{- $account.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "martlet.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "martlet.metadata" (dict
    "scope" .
    "name" (include "martlet.serviceAccountName" .)
    "annotations" .Values.serviceAccount.annotations) | nindent 2 }}
automountServiceAccountToken: false
{{- end -}}
{{- end -}}
