{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: ways into the cluster: Ingress and Gateway API. Programs speak HTTP in the clear, so TLS ends here.
*/ -}}

{{- define "martlet.isExposed" -}}
{{- $mesh := .Values.istio | default (dict "gateways" list) -}}
{{- if or .Values.ingress.enabled .Values.httpRoute.enabled $mesh.gateways -}}yes{{- end -}}
{{- end -}}

{{- define "martlet.ingress" -}}
{{- $values := .Values.ingress -}}
{{- if $values.enabled -}}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  {{- include "martlet.metadata" (dict "scope" . "annotations" $values.annotations) | nindent 2 }}
spec:
  {{- with $values.className }}
  ingressClassName: {{ . | quote }}
  {{- end }}
  {{- with $values.tlsSecret }}
  tls:
    - hosts: {{ toJson $values.hosts }}
      secretName: {{ . | quote }}
  {{- end }}
  rules:
    {{- range $values.hosts }}
    - host: {{ . | quote }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {{ include "martlet.fullname" $ }}
                port:
                  name: http
    {{- end }}
{{- end -}}
{{- end -}}

{{- define "martlet.httpRoute" -}}
{{- $values := .Values.httpRoute -}}
{{- if $values.enabled -}}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  {{- include "martlet.metadata" (dict "scope" . "annotations" $values.annotations) | nindent 2 }}
spec:
  parentRefs:
    {{- toYaml $values.parentRefs | nindent 4 }}
  {{- with $values.hostnames }}
  hostnames: {{ toJson . }}
  {{- end }}
  rules:
    - matches:
        - path: {type: PathPrefix, value: /}
      backendRefs:
        - name: {{ include "martlet.fullname" . }}
          port: {{ include "martlet.port" . }}
{{- end -}}
{{- end -}}
