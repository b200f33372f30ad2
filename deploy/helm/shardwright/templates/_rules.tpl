{{/* The rules for this release alone: another one in the same Prometheus neither hides its alerts nor takes them for its own. */}}

{{- define "shardwright.rules" -}}
{{- $own := printf "namespace=\"%s\"" .Release.Namespace -}}
{{- $found := .Files.Get "files/alerts.yaml" | fromYaml -}}
{{- range $group := $found.groups -}}
{{- range $rule := $group.rules -}}
{{- $expr := regexReplaceAll "(shardwright_[a-z0-9_]+){" $rule.expr (printf "${1}{%s," $own) -}}
{{- $expr = regexReplaceAll "(shardwright_[a-z0-9_]+)([^a-z0-9_{]|$)" $expr (printf "${1}{%s}${2}" $own) -}}
{{- $_ := set $rule "expr" $expr -}}
{{- $_ := set $rule.labels "namespace" $.Release.Namespace -}}
{{- with $.Values.prometheusRule.runbooks -}}
{{- $_ := set $rule.annotations "runbook_url" (printf "%s/%s" (trimSuffix "/" .) $rule.annotations.runbook_url) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $found -}}
{{- end -}}
