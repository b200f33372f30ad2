// Helm and kubectl, whose libraries of Kubernetes are those of its minor version 1.34.
module shardwright.test/helm

go 1.24.0

require helm.sh/helm/v3 v3.19.5

require (
	k8s.io/api v0.34.2
	k8s.io/apiextensions-apiserver v0.34.2
	k8s.io/apimachinery v0.34.2
	k8s.io/apiserver v0.34.2
	k8s.io/cli-runtime v0.34.2
	k8s.io/client-go v0.34.2
	k8s.io/component-base v0.34.2
	k8s.io/kubectl v0.34.2
)
