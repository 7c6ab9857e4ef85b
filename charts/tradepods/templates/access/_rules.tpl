{{/* What the operator does with accounts and their objects, Secrets apart. */}}
{{- define "tradepods.operatorRules" -}}
- apiGroups: [tradepods.dev]
  resources: [tradingaccounts]
  verbs: [get, list, watch, patch]  # patch: its finalizer and annotations, never the spec
- apiGroups: [tradepods.dev]
  resources: [tradingstrategies]
  verbs: [get, list, watch]
- apiGroups: [tradepods.dev]
  resources: [tradingaccounts/status, tradingstrategies/status]
  verbs: [patch]
- apiGroups: [tradepods.dev]
  resources: [tradingaccounts/finalizers]
  verbs: [update]  # to name an account as an object's owner, where the cluster asks for it
- apiGroups: [""]
  resources: [configmaps, serviceaccounts]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [get, list, create, patch]  # no ledger is ever deleted
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [create]  # one tells a chat that its worker crashes; it goes by itself
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, patch]  # patch: a changed annotation brings changed settings at once
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end -}}

{{/* The Secrets that accounts name: one by its name, never a list of them. */}}
{{- define "tradepods.secretRules" -}}
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
{{- end -}}

{{/* A role and whom it is for. Arguments: root, kind (Role or ClusterRole), name, namespace, component. */}}
{{- define "tradepods.binding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ if .namespace }}RoleBinding{{ else }}ClusterRoleBinding{{ end }}
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels: {{- include "tradepods.labels" . | nindent 4 }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: {{ .kind }}, name: {{ .role | default .name | quote }}}
subjects:
  - {kind: ServiceAccount, name: {{ include "tradepods.name" . }}, namespace: {{ .root.Release.Namespace }}}
{{- end -}}
