{{/* What everything of a release is called, and the labels by which it is found. */}}

{{- define "shardwright.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "shardwright.workers" -}}
{{- .Values.workers.namespace | default (printf "%s-workers" .Release.Namespace) -}}
{{- end -}}

{{/* A cluster role belongs to no namespace, so its name has to say which release it is of. */}}
{{- define "shardwright.clusterRole" -}}
{{- printf "%s:%s:nodes" .Release.Namespace (include "shardwright.fullname" .) -}}
{{- end -}}

{{- define "shardwright.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{- define "shardwright.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "shardwright.labels" -}}
{{ include "shardwright.selector" . }}
app.kubernetes.io/part-of: shardwright
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "shardwright.podSecurity" -}}
pod-security.kubernetes.io/enforce: {{ .Values.namespace.podSecurity }}
pod-security.kubernetes.io/warn: {{ .Values.namespace.podSecurity }}
pod-security.kubernetes.io/audit: {{ .Values.namespace.podSecurity }}
{{- end -}}
