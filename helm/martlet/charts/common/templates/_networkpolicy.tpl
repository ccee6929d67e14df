{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: who may talk to whom. All pods of a release are closed by one policy (templates/network-policy.yaml); each component opens what
it needs. docs/kubernetes.md has the flows as a table.
*/ -}}

{{- /* {scope, ingress?, egress?: lists of rules, as text; extra?: the operator's own, as `extraIngress` and `extraEgress`; annotations?}. */ -}}
{{- define "martlet.networkPolicy" -}}
{{- $scope := .scope -}}
{{- $extra := .extra | default dict -}}
{{- $probes := and .ingress (include "martlet.allowProbes" $scope) | default "" | fromYamlArray -}}
{{- if $scope.Values.global.networkPolicy.enabled -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "martlet.metadata" (dict "scope" $scope "annotations" .annotations) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "martlet.selectorLabels" $scope | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- range $direction, $more := dict "ingress" (concat $probes ($extra.extraIngress | default list)) "egress" $extra.extraEgress }}
  {{- $rules := concat (get $ $direction | default "" | fromYamlArray) ($more | default list) }}
  {{ $direction }}:
    {{- if $rules }}
    {{- toYaml $rules | nindent 4 }}
    {{- else }} []
    {{- end }}
  {{- end }}
{{- end -}}
{{- end -}}

{{- /* Another component of this release, as a peer: {scope, components}. */ -}}
{{- define "martlet.peers" -}}
{{- range .components }}
- podSelector:
    matchLabels:
      {{- include "martlet.selectorLabels" (merge (dict "component" .) $.scope) | nindent 6 }}
{{- end }}
{{- end -}}

{{- /* A rule of ingress: {scope, components?, peers?} reach this component's port. No peers are nobody; to Kubernetes an empty list is everybody. */ -}}
{{- define "martlet.allowFrom" -}}
{{- $own := include "martlet.peers" (dict "scope" .scope "components" (.components | default list)) | fromYamlArray -}}
{{- with concat $own (.peers | default list) }}
- from:
    {{- toYaml . | nindent 4 }}
  ports:
    - {port: {{ include "martlet.port" $.scope }}, protocol: TCP}
    {{- include "martlet.tunnel" $.scope | nindent 4 }}
{{- end }}
{{- end -}}

{{- /* In ambient mode pods of the mesh reach each other by this port, whatever theirs are. */ -}}
{{- define "martlet.tunnel" -}}
{{- if include "martlet.isAmbient" . -}}
- {port: 15008, protocol: TCP}
{{- end -}}
{{- end -}}

{{- /* In ambient mode the kubelet's probes come from this address, and no longer from the node's, which every network lets through. */ -}}
{{- define "martlet.allowProbes" -}}
{{- if include "martlet.isAmbient" . -}}
- from:
    - ipBlock:
        cidr: {{ eq .Values.global.ipFamily "IPv6" | ternary "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128" "169.254.7.127/32" }}
  ports:
    - {port: {{ include "martlet.port" . }}, protocol: TCP}
{{- end -}}
{{- end -}}

{{- /* Rules of egress that every pod of a release has. */ -}}
{{- define "martlet.allowAlways" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
  {{- with .Values.global.networkPolicy.dns }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- if include "martlet.hasSidecars" . }}
# Sidecars get their configuration and certificates there.
- to:
    - namespaceSelector:
        matchLabels: {kubernetes.io/metadata.name: istio-system}
  ports:
    - {port: 15012, protocol: TCP}
{{- end }}
{{- end -}}

{{- /* A rule of egress: {peers: a list, ports: a list of numbers, scope?: where the peers may be in the mesh}. No peers are all. */ -}}
{{- define "martlet.allowTo" -}}
- ports:
    {{- range .ports }}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
    {{- with .scope }}
    {{- include "martlet.tunnel" . | nindent 4 }}
    {{- end }}
  {{- with .peers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- /* A server that the chart may run itself, for development: {scope, name}. */ -}}
{{- define "martlet.allowToServer" -}}
{{- $values := get .scope.Values.global.networkPolicy .name -}}
{{- $peers := $values.to -}}
{{- if .scope.Values.global.devServers.enabled -}}
{{- $peers = include "martlet.peers" (dict "scope" .scope "components" (list .name)) | fromYamlArray -}}
{{- end -}}
{{ include "martlet.allowTo" (dict "scope" .scope "peers" $peers "ports" (list $values.port)) }}
{{- end -}}

{{- define "martlet.allowToComponent" -}}
{{ include "martlet.allowTo" (dict
  "scope" .scope
  "peers" (include "martlet.peers" (dict "scope" .scope "components" (list .component)) | fromYamlArray)
  "ports" (list .port)) }}
{{- end -}}

{{- /* Where a part sends its traces, if anywhere: {global, settings}. */ -}}
{{- define "martlet.collector" -}}
{{- $settings := merge (dict) .settings .global.settings -}}
{{- get $settings "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" | default (get $settings "OTEL_EXPORTER_OTLP_ENDPOINT") -}}
{{- end -}}

{{- /* The port of a URL. */ -}}
{{- define "martlet.portOf" -}}
{{- $authority := regexFind "^https?://[^/?]+" . -}}
{{- regexFind ":[0-9]+$" $authority | trimPrefix ":" | default (hasPrefix "https:" . | ternary "443" "80") -}}
{{- end -}}

{{- /* The collector, where traces go anywhere. */ -}}
{{- define "martlet.allowToCollector" -}}
{{- if include "martlet.collector" (dict "global" .Values.global "settings" .Values.settings) -}}
{{- $values := .Values.global.networkPolicy.tracing -}}
{{ include "martlet.allowTo" (dict "scope" . "peers" $values.to "ports" (list $values.port)) }}
{{- end -}}
{{- end -}}

{{- /* A server for development takes connections of those who need it, and makes none: {scope, port, components}. */ -}}
{{- define "martlet.devServerPolicy" -}}
{{- if .scope.Values.global.networkPolicy.enabled -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "martlet.metadata" (dict "scope" .scope) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "martlet.selectorLabels" .scope | nindent 6 }}
  policyTypes: [Ingress]
  ingress:
    - from:
        {{- include "martlet.peers" (dict "scope" .scope "components" .components) | trim | nindent 8 }}
      ports:
        - {port: {{ .port }}, protocol: TCP}
        {{- include "martlet.tunnel" .scope | nindent 8 }}
{{- end -}}
{{- end -}}
