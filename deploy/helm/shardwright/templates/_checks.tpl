{{/* What no schema can say: values that contradict each other, and secrets that stand where they can be read. */}}

{{- define "shardwright.checks" -}}
{{- if eq (include "shardwright.workers" .) .Release.Namespace -}}
{{- fail (printf "workers.namespace is %s, the server's own: who may create pods there can use every Secret beside them. Name another one." .Release.Namespace) -}}
{{- end -}}
{{- if and (eq (dig "store" "engine" "sqlite" .Values.config) "sqlite") (gt (int .Values.replicas) 1) -}}
{{- fail (printf "replicas is %d, and config.store.engine is sqlite, which one server uses alone: set config.store.engine to zookeeper, or replicas to 1." (int .Values.replicas)) -}}
{{- end -}}
{{- if ne (dig "runtime" "engine" "process" .Values.config) "kubernetes" -}}
{{- fail "config.runtime.engine is not kubernetes: the instances would be processes in the server's own pod. Set it to kubernetes." -}}
{{- end -}}
{{- $where := dig "runtime" "kubernetes" "namespace" "" .Values.config -}}
{{- if not (has $where (list "" (include "shardwright.workers" .))) -}}
{{- fail (printf "config.runtime.kubernetes.namespace is %s, and the rights, bounds and policies are in %s: say workers.namespace alone." $where (include "shardwright.workers" .)) -}}
{{- end -}}
{{- if and .Values.tls.enabled (not .Values.tls.secretName) -}}
{{- fail "tls.secretName is empty: name the Secret with tls.crt and tls.key, or set tls.enabled to false." -}}
{{- end -}}
{{- if and .Values.tls.certManager.enabled (not .Values.tls.certManager.issuerRef) -}}
{{- fail "tls.certManager.issuerRef is empty: say which issuer signs, such as {kind: ClusterIssuer, name: company}." -}}
{{- end -}}
{{- if and .Values.trust.certificates (not .Values.trust.configMap) -}}
{{- fail "trust.certificates is given, and trust.configMap is empty: name the ConfigMap that they go into." -}}
{{- end -}}
{{- range $name, $kind := .Values.config.kinds -}}
{{- $file := dig "template" "" ($kind | default dict) -}}
{{- if hasPrefix "/etc/shardwright/templates/" $file -}}
{{- if not (hasKey $.Values.podTemplates (base $file)) -}}
{{- fail (printf "config.kinds.%s.template is %s, and podTemplates has no %s: it has %s." $name $file (base $file) (keys $.Values.podTemplates | sortAlpha | join ", ")) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range .Values.extraEnv -}}
{{- if and .value (regexMatch "(PASSWORD|KEY|SECRET|TOKEN|URL)$" (upper .name)) -}}
{{- fail (printf "extraEnv has a value for %s, and everybody who reads the release or the pod would see it: take it from a Secret by valueFrom.secretKeyRef; an address without a secret goes into config." .name) -}}
{{- end -}}
{{- end -}}
{{- include "shardwright.noSecrets" (dict "at" "config" "value" .Values.config "secret" .Values.secrets.name) -}}
{{- end -}}

{{/* Fails for a secret that is written down; each is a file of the Secret instead. */}}
{{- define "shardwright.noSecrets" -}}
{{- $secret := .secret -}}
{{- if kindIs "map" .value -}}
{{- range $key, $value := .value -}}
{{- $at := printf "%s.%s" $.at $key -}}
{{- $isSecret := or (has $key (list "password" "admin_password" "key_password" "secret")) (eq $at "config.worker.key") (regexMatch "^config\\.alerts\\.targets\\[[0-9]+\\]\\.url$" $at) -}}
{{- if and $isSecret $value -}}
{{- fail (printf "%s is a secret, and everybody who reads the release or the ConfigMap would see it: put it into the Secret %s, and name its file, %s_file: /run/secrets/shardwright/NAME." $at $secret $key) -}}
{{- end -}}
{{- include "shardwright.noSecrets" (dict "at" $at "value" $value "secret" $secret) -}}
{{- end -}}
{{- else if kindIs "slice" .value -}}
{{- range $number, $value := .value -}}
{{- include "shardwright.noSecrets" (dict "at" (printf "%s[%d]" $.at $number) "value" $value "secret" $secret) -}}
{{- end -}}
{{- else if kindIs "string" .value -}}
{{- $isInUser := regexMatch "://[^/@:]*:[^/@]+@" .value -}}
{{- /* A database takes a slash in a password, and a password among the options. */}}
{{- $isOfDatabase := and (regexMatch "://" .value) (not (regexMatch "^https?:" .value)) (regexMatch "://[^/@:]*:[^@]+@|[?&](?i:[a-z_]*(password|passwd))=[^&]" .value) -}}
{{- if or $isInUser $isOfDatabase -}}
{{- fail (printf "%s holds a password: leave it out, and give it by secrets.postgresPassword, or the whole URL by extraEnv from the Secret %s." .at $secret) -}}
{{- end -}}
{{- end -}}
{{- end -}}
