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
