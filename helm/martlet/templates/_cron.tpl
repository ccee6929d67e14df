{{- /*
SPDX-License-Identifier: Apache-2.0
Martlet: times in cron's words that Kubernetes, or the program that does the runs, would refuse, as lines for martlet.problems.
*/ -}}

{{- /* {place, schedule, isJob: whether Kubernetes reads it, too, which knows neither L nor 7}. The schema has seen to it that there are five fields. */ -}}
{{- define "martlet.cronProblems" -}}
{{- $days := "sun|mon|tue|wed|thu|fri|sat" -}}
{{- $months := "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec" -}}
{{- $kinds := list
  (dict "name" "minute" "low" 0 "high" 59)
  (dict "name" "hour" "low" 0 "high" 23)
  (dict "name" "day of the month" "low" 1 "high" 31 "word" (.isJob | ternary "" "l"))
  (dict "name" "month" "low" 1 "high" 12 "names" $months)
  (dict "name" "day of the week" "low" 0 "high" (.isJob | ternary 6 7) "names" $days) -}}
{{- range $index, $field := hasPrefix "@" .schedule | ternary list (splitList " " .schedule | compact) }}
{{- $kind := index $kinds $index }}
{{- $value := printf "([0-9]{1,2}|%s)" ($kind.names | default "[0-9]") }}
{{- range $part := splitList "," $field }}
{{- $text := lower $part }}
{{- $isShaped := regexMatch (printf "^([*]|%s(-%s)?)(/[0-9]{1,2})?$" $value $value) $text }}
{{- range $place, $name := splitList "|" ($kind.names | default "none") }}
{{- $text = replace $name (add $place $kind.low | toString) $text }}
{{- end }}
{{- $ends := regexFindAll "[0-9]+" (splitList "/" $text | first) -1 | default (list (toString $kind.low)) }}
{{- $from := first $ends | atoi }}
{{- $to := last $ends | atoi }}
{{- $step := contains "/" $text | ternary (splitList "/" $text | last | atoi) 1 }}
{{- $isRight := and $isShaped (ge $from $kind.low) (le $from $to) (le $to $kind.high) (ge $step 1) (le $step $kind.high) }}
{{- if not (or $isRight (and $text (eq $text ($kind.word | default "")))) }}
{{ $.place }}: {{ quote $part }} is no {{ $kind.name }}; allowed: *, {{ $kind.low }} to {{ $kind.high }}{{ with $kind.names }}, {{ . | replace "|" " " }}{{ end }}, ranges that rise such as 2-4, steps such as */2, and lists of these
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
