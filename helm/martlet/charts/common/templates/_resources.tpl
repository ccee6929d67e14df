{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: requests and limits.
*/ -}}

{{- /* Of values, without what was set to null: so Helm's users take a default back. */ -}}
{{- define "martlet.resources" -}}
{{- range $kind := list "limits" "requests" }}
{{ $kind }}:
  {{- $amounts := dict }}
  {{- range $name, $amount := get $ $kind }}
  {{- if not (kindIs "invalid" $amount) }}
  {{- $_ := set $amounts $name $amount }}
  {{- end }}
  {{- end }}
  {{- toYaml $amounts | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* A quantity of Kubernetes as a number: 250m is 0.25, 1Ki is 1024. */ -}}
{{- define "martlet.quantity" -}}
{{- $text := toString . -}}
{{- $unit := regexFind "[a-zA-Z]*$" $text -}}
{{- $factors := dict "" 1.0 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 -}}
{{- mulf (trimSuffix $unit $text | float64) (get $factors $unit) | printf "%f" -}}
{{- end -}}

{{- /* Requests above their limits, which Kubernetes would refuse one by one, as lines for martlet.problems: {place, resources}. */ -}}
{{- define "martlet.resourceProblems" -}}
{{- $limits := .resources.limits | default dict -}}
{{- range $name, $request := .resources.requests }}
{{- $limit := get $limits $name }}
{{- $isBounded := not (or (kindIs "invalid" $request) (kindIs "invalid" $limit) (not (hasKey $limits $name))) }}
{{- if and $isBounded (gt (include "martlet.quantity" $request | float64) (include "martlet.quantity" $limit | float64)) }}
{{ $.place }}.requests.{{ $name }}: {{ $request }} is more than the limit; allowed: up to {{ $limit }}
{{- end }}
{{- end }}
{{- end -}}
