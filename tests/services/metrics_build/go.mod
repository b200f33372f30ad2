// The metrics API is a program of its own, built apart from the rest of Kubernetes.
module shardwright.test/metrics

go 1.24.0

require sigs.k8s.io/metrics-server v0.7.2
