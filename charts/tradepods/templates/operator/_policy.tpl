{{/* What holds for every account, as `python -m tradepods_operator --policy` reads it. */}}
{{- define "tradepods.policy" -}}
{{- $worker := .Values.worker -}}
{{- $allowed := .Values.allowedEndpoints -}}
{{- $egress := $worker.extraEgress -}}
{{- if .Values.simulator.enabled -}}
{{- $allowed = concat (list (include "tradepods.exchangeUrl" .) (include "tradepods.telegramUrl" .)) $allowed -}}
{{- $egress = concat (include "tradepods.simulatorEgress" . | fromYamlArray) $egress -}}
{{- end -}}
releaseNamespace: {{ .Release.Namespace }}
fleetSecret: {{ .Values.operator.fleetIdSecret }}
strategiesMap: {{ include "tradepods.fullname" . }}-strategies
worker:
  image: {{ include "tradepods.image" (dict "root" . "image" $worker.image) }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  userId: {{ $worker.userId }}
  {{- with concat (dig "imagePullSecrets" list .Values.global) $worker.imagePullSecrets | uniq }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- range $field := list "logLevel" "caBundle" "proxy" "proxyCidrs" "priorityClassName" "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" "extraEnv" }}
  {{- with index $worker $field }}
  {{ $field }}: {{ toJson . }}
  {{- end }}
  {{- end }}
signals:
  url: {{ include "tradepods.signalsUrl" . }}
  port: {{ .Values.signals.service.port }}
  {{- with include "tradepods.authority" . }}
  caConfigMap: {{ . }}
  {{- end }}
  podLabels: {{- include "tradepods.selector" (dict "root" . "component" "signals") | nindent 4 }}
allowedEndpoints: {{ toJson $allowed }}
metricsFrom: {{ toJson .Values.networkPolicy.metricsFrom }}
dns: {{ toJson .Values.networkPolicy.dns }}
extraEgress: {{ toJson $egress }}
maxWorkers: {{ int .Values.operator.maxWorkers }}
namespaceCaps: {{- toYaml .Values.operator.namespaceCaps | nindent 2 }}
rollout: {{- toYaml .Values.operator.rollout | nindent 2 }}
accessMode: {{ $worker.accessMode }}
deletionDeadlineSeconds: {{ int .Values.operator.deletionDeadlineSeconds }}
{{- end -}}

{{- define "tradepods.simulatorEgress" -}}
- to:
    - namespaceSelector:
        matchLabels: {kubernetes.io/metadata.name: {{ .Release.Namespace }}}
      podSelector:
        matchLabels: {{- include "tradepods.selector" (dict "root" . "component" "simulator") | nindent 10 }}
  ports:
    - {protocol: TCP, port: 9000}
    - {protocol: TCP, port: 9001}
{{- end -}}
