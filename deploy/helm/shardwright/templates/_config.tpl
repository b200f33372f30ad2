{{/* The configuration: what follows from the cluster, and over it what the values say. */}}

{{- define "shardwright.port" -}}
{{- dig "api" "port" 8080 .Values.config -}}
{{- end -}}

{{- define "shardwright.scheme" -}}
{{- ternary "https" "http" .Values.tls.enabled -}}
{{- end -}}

{{/* A name that leads to one server; NAME is its pod, or a variable that the kubelet fills in. */}}
{{- define "shardwright.replicaUrl" -}}
{{- printf "%s://%s.%s-replicas.%s.svc.%s:%s" (include "shardwright.scheme" .root) .pod (include "shardwright.fullname" .root) .root.Release.Namespace .root.Values.clusterDomain (include "shardwright.port" .root) -}}
{{- end -}}

{{/* Pod templates by the names of their files; those that are mappings are given what they leave out. */}}
{{- define "shardwright.podTemplates" -}}
{{- $made := dict -}}
{{- range $name, $given := .Values.podTemplates -}}
{{- if kindIs "map" $given -}}
{{- $pod := deepCopy $given -}}
{{- $spec := $pod.spec | default dict -}}
{{- range $container := $spec.containers -}}
{{- if not $container.image -}}
{{- $_ := set $container "image" $.Values.workers.image -}}
{{- end -}}
{{- end -}}
{{- if and $spec $.Values.workers.imagePullSecrets (not (hasKey $spec "imagePullSecrets")) -}}
{{- $secrets := list -}}
{{- range $.Values.workers.imagePullSecrets -}}
{{- $secrets = append $secrets (dict "name" .) -}}
{{- end -}}
{{- $_ := set $spec "imagePullSecrets" $secrets -}}
{{- end -}}
{{- $given = toYaml $pod -}}
{{- end -}}
{{- $_ := set $made $name $given -}}
{{- end -}}
{{- toYaml $made -}}
{{- end -}}

{{- define "shardwright.config" -}}
{{- $urls := list -}}
{{- range $number := until (int .Values.replicas) -}}
{{- $pod := printf "%s-%d" (include "shardwright.fullname" $) $number -}}
{{- $urls = append $urls (include "shardwright.replicaUrl" (dict "root" $ "pod" $pod)) -}}
{{- end -}}
{{- $api := dict "host" "0.0.0.0" "port" 8080 -}}
{{- if .Values.tls.enabled -}}
{{- $_ := set $api "tls" (dict "certificate" "/run/secrets/shardwright-tls/tls.crt" "key" "/run/secrets/shardwright-tls/tls.key") -}}
{{- end -}}
{{- $added := dict
  "data_dir" "/var/lib/shardwright"
  "api" $api
  "runtime" (dict "kubernetes" (dict "namespace" (include "shardwright.workers" .)))
  "worker" (dict "urls" $urls) -}}
{{- toYaml (mergeOverwrite $added (deepCopy .Values.config)) -}}
{{- end -}}
