{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: Services: one address for all replicas, or (headless) the addresses of each.
*/ -}}

{{- /* {scope, name?, labels?, headless?}. `labels` tell the several Services of one component apart. */ -}}
{{- define "martlet.service" -}}
{{- $values := .scope.Values.service -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "martlet.metadata" (merge (dict "annotations" $values.annotations) .) | nindent 2 }}
spec:
  {{- if .headless }}
  clusterIP: None
  # Who is not ready is still watched and scraped; nobody sends requests by these names.
  publishNotReadyAddresses: true
  {{- else }}
  type: {{ $values.type }}
  {{- end }}
  ports:
    - {name: http, port: {{ include "martlet.port" .scope }}, targetPort: http, protocol: TCP, appProtocol: http}
  selector:
    {{- include "martlet.selectorLabels" .scope | nindent 4 }}
{{- end -}}
