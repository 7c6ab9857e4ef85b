{{/* What the objects of the release are called, with room for a component; workers' begin with account-. */}}
{{- define "tradepods.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 29 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 29 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 29 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Arguments: root, component. */}}
{{- define "tradepods.name" -}}
{{ include "tradepods.fullname" .root }}-{{ .component }}
{{- end -}}

{{/* The labels by which a component's pods are selected: they can't ever change. Arguments: root, component. */}}
{{- define "tradepods.selector" -}}
app.kubernetes.io/name: tradepods
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Arguments: root, component. */}}
{{- define "tradepods.labels" -}}
{{ include "tradepods.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Name, namespace and labels of a component's main object. Arguments: root, component. */}}
{{- define "tradepods.metadata" -}}
name: {{ include "tradepods.name" . }}
namespace: {{ .root.Release.Namespace }}
labels: {{- include "tradepods.labels" . | nindent 2 }}
{{- end -}}

{{/* Annotations of what outlives the release, for helm and for Argo CD. */}}
{{- define "tradepods.keep" -}}
helm.sh/resource-policy: keep
argocd.argoproj.io/sync-options: Prune=false
{{- end -}}

{{/* Arguments: root, image. */}}
{{- define "tradepods.image" -}}
{{- $registry := default (dig "imageRegistry" "" .root.Values.global) .root.Values.image.registry -}}
{{- with $registry }}{{ . }}/{{ end -}}
{{- .image.repository -}}
{{- if .image.digest -}}
@{{ .image.digest }}
{{- else -}}
:{{ .image.tag | default .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* Namespaces with accounts, the release's own first, each once; as JSON. */}}
{{- define "tradepods.namespaces" -}}
{{- concat (list .Release.Namespace) .Values.rbac.accountNamespaces | uniq | toJson -}}
{{- end -}}

{{- define "tradepods.signalsUrl" -}}
http{{ if .Values.signals.tls.enabled }}s{{ end }}://{{ include "tradepods.name" (dict "root" . "component" "signals") }}.{{ .Release.Namespace }}.svc:{{ .Values.signals.service.port }}
{{- end -}}

{{/* The Secret with the signal service's certificate. */}}
{{- define "tradepods.certificate" -}}
{{ .Values.signals.tls.secretName | default (printf "%s-signals-tls" (include "tradepods.fullname" .)) }}
{{- end -}}

{{/* The ConfigMap with who vouches for it; empty where there is none, or no certificate. */}}
{{- define "tradepods.authority" -}}
{{ if .Values.signals.tls.enabled }}{{ .Values.signals.tls.caConfigMap }}{{ end }}
{{- end -}}

{{- define "tradepods.exchangeUrl" -}}
http://{{ include "tradepods.name" (dict "root" . "component" "simulator") }}.{{ .Release.Namespace }}.svc:9000
{{- end -}}

{{/* Who has an account at the simulated exchange, as its --accounts file. */}}
{{- define "tradepods.customers" -}}
{{- concat (.Files.Get "files/playground/exchange.json" | fromJsonArray) .Values.simulator.accounts | toJson -}}
{{- end -}}

{{- define "tradepods.telegramUrl" -}}
http://{{ include "tradepods.name" (dict "root" . "component" "simulator") }}.{{ .Release.Namespace }}.svc:9001
{{- end -}}

{{/* Addresses of the API server, as the `to` of a rule; any where none is given. */}}
{{- define "tradepods.apiServerRule" -}}
- ports:
  {{- range .Values.networkPolicy.apiServerPorts }}
    - {protocol: TCP, port: {{ . }}}
  {{- end }}
  {{- with .Values.networkPolicy.apiServerCidrs }}
  to:
  {{- range . }}
    - ipBlock: {cidr: {{ . | quote }}}
  {{- end }}
  {{- end }}
{{- end -}}

{{- define "tradepods.dnsRule" -}}
- ports:
    {{- range .Values.networkPolicy.dns.ports }}
    - {protocol: UDP, port: {{ . }}}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  {{- with .Values.networkPolicy.dns.to }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
